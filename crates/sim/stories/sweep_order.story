# Due work falls in the order of its instants, not of its arrival: deadlines and cascades alike.
worker w1 slots=5
  -> opened w1
  * w1: opened
submit t1 timeout=3s retry=1,1s,200%,1m
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 timeout=1s retry=1,1s,200%,1m
  -> t2: submitted
  * t2: submitted, ready
submit t3 after.failed=t2 must-start-by=2s
  -> t3: submitted
  * t3: submitted, blocked
submit t4 after.failed=t1 must-start-by=2s
  -> t4: submitted
  * t4: submitted, blocked
submit t5 not-before=2s must-start-by=4s
  -> t5: submitted
  * t5: submitted, scheduled
assign
  -> t1: granted #1 until +3s
  -> t2: granted #1 until +1s
  * t1..t2: leased #1 to w1, attempt 1
  ! t1..t2: offer #1 at w1
sleep 5s
sweep 1
each n=1..8 tick
  * t2: ended dead #1
  * t3: ready
  * t3..t4: ended expired
  * t5: ready
  * t1: ended dead #1
  * t5: ended expired
  ! t2: stop #1 at w1
  ! t1: stop #1 at w1
show tasks
  = t1: dead, 1 attempts, 1 of 1 failures
  = t2: dead, 1 attempts, 1 of 1 failures
