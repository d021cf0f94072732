# The former holder of a task changes nothing while another holds it, and the present one completes it.
worker w1
  -> opened w1
  * w1: opened
worker w2
  -> opened w2
  * w2: opened
submit t1 timeout=10s retry=3,1s,200%,1m
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1 until +10s
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
sleep 11s
tick
  * t1: retrying #1: TimedOut, ready at +10.863s
  * t1: ready
  ! t1: stop #1 at w1
sleep 2s
grant t1 to=w2
  -> t1: granted #2 until +23s
  * t1: leased #2 to w2, attempt 2
  ! t1: offer #2 at w2
complete t1 token=t1#1
  -> refused: StaleToken
fail t1 token=t1#1 error=Late
  -> refused: StaleToken
release t1 token=old
  -> refused: StaleToken
extend t1 token=old for=1m
  -> refused: StaleToken
progress t1 token=old permille=1
  -> refused: StaleToken
partial t1 token=old index=0 body=x
  -> refused: StaleToken
checkpoint t1 token=old body=x
  -> refused: StaleToken
suspended t1 token=old
  -> refused: StaleToken
answer t1 token=old number=1
  -> refused: StaleToken
recall t1 token=old
  -> refused: StaleToken
complete t1 token=t1#2
  -> done
  * t1: ended succeeded #2
complete t1 token=t1#1
  -> refused: StaleToken
complete t1 token=t1#2
  -> already accepted
