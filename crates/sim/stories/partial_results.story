# Partial results come in order, each once, anew for each attempt.
worker w1
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
partial t1 index=1 body=b
  -> refused: OutOfOrder(expected 0)
partial t1 index=0 body=a
  -> done
  * t1: partial 0
partial t1 index=0 body=a
  -> already accepted
partial t1 index=1 body=b
  -> done
  * t1: partial 1
partial t1 index=3 body=d
  -> refused: OutOfOrder(expected 2)
restart
  = the same state
partial t1 index=2 body=c
  -> done
  * t1: partial 2
release t1
  -> done
  * t1: returned #1: Released
grant t1 to=w1
  -> t1: granted #2
  * t1: leased #2 to w1, attempt 2
  ! t1: offer #2 at w1
partial t1 index=3 body=d
  -> refused: OutOfOrder(expected 0)
partial t1 index=0 body=a
  -> done
  * t1: partial 0
partial t1 index=1 body=!missing
  -> refused: OutOfBounds(Body)
partial t1 index=1 body=!torn:abc
  -> refused: OutOfBounds(Body)
complete t1 result=!missing
  -> refused: OutOfBounds(Body)
complete t1 result=done
  -> done
  * t1: ended succeeded #2
partial t1 index=1 body=b
  -> refused: StaleToken
