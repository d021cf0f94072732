# An offer that was recalled is no attempt: the latest start still holds.
worker w1
  -> opened w1
  * w1: opened
submit t1 must-start-by=10s
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
sleep 5s
recall t1
  -> done
  * t1: returned #1: Recalled
show t1
  = t1: ready, 1 attempts, 0 of 5 failures
sleep 5s
tick
  * t1: ended expired
submit t2 must-start-by=10s
  -> t2: submitted
  * t2: submitted, ready
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
sleep 11s
tick
show t2
  = t2: leased, 1 attempts, 0 of 5 failures, #1 at w1
recall t2
  -> done
  * t2: returned #1: Recalled
  * t2: ended expired
tick
show t2
  = t2: ended expired, generation 0
