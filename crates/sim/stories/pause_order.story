# A task that is resumed goes to the tail of its queue.
worker w1 slots=3
  -> opened w1
  * w1: opened
submit t1..t3
  -> t1..t3: submitted
  * default/default: created
  * t1..t3: submitted, ready
pause t1
  -> done
  * t1: held
resume t1
  -> done
  * t1: resumed
show lanes
  = default/default of echo: 3 ready, first t2 at priority 0
assign most=2
  -> t2..t3: granted #1
  * t2..t3: leased #1 to w1, attempt 1
  ! t2..t3: offer #1 at w1
show tasks
  = t1: ready, 0 attempts, 0 of 5 failures
  = t2: leased, 1 attempts, 0 of 5 failures, #1 at w1
  = t3: leased, 1 attempts, 0 of 5 failures, #1 at w1
