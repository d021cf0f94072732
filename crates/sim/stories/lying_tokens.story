# A report must name task, token and session alike: each lie is refused, and none changes anything.
worker w1
  -> opened w1
  * w1: opened
worker w2
  -> opened w2
  * w2: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2
  -> t2: submitted
  * t2: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
grant t2 to=w2
  -> t2: granted #1
  * t2: leased #1 to w2, attempt 1
  ! t2: offer #1 at w2
complete t1 by=w2
  -> refused: StaleToken
complete t1 token=t2#1
  -> refused: StaleToken
complete t2 token=t1#1 by=w1
  -> refused: StaleToken
complete t1 token=never
  -> refused: StaleToken
complete t1 by=w9
  -> refused: StaleToken
complete t9 token=t1#1 by=w1
  -> refused: StaleToken
show tasks
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1
  = t2: leased, 1 attempts, 0 of 5 failures, #1 at w2
complete t1
  -> done
  * t1: ended succeeded #1
complete t1 by=w2
  -> refused: StaleToken
complete t1 token=t2#1
  -> refused: StaleToken
