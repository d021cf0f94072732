# A diamond of dependencies: the last task waits for both sides, whichever ends first.
worker w1 slots=4
  -> opened w1
  * w1: opened
submit t1 + t2 after=t1 + t3 after=t1 + t4 after=t2,t3
  -> t1..t4: submitted
  * default/default: created
  * t1: submitted, ready
  * t2..t4: submitted, blocked
show tasks
  = t1: ready, 0 attempts, 0 of 5 failures
  = t2: blocked, waits for t1, 0 attempts, 0 of 5 failures
  = t3: blocked, waits for t1, 0 attempts, 0 of 5 failures
  = t4: blocked, waits for t2 t3, 0 attempts, 0 of 5 failures
assign
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
complete t1
  -> done
  * t1: ended succeeded #1
  * t2..t3: ready
assign
  -> t2..t3: granted #1
  * t2..t3: leased #1 to w1, attempt 1
  ! t2..t3: offer #1 at w1
complete t3
  -> done
  * t3: ended succeeded #1
show t4
  = t4: blocked, waits for t2, 0 attempts, 0 of 5 failures
complete t2
  -> done
  * t2: ended succeeded #1
  * t4: ready
assign
  -> t4: granted #1
  * t4: leased #1 to w1, attempt 1
  ! t4: offer #1 at w1
complete t4
  -> done
  * t4: ended succeeded #1
