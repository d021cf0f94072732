# What a draining worker gives back goes to the head of its queue, without charge.
worker w1 slots=2
  -> opened w1
  * w1: opened
worker w2
  -> opened w2
  * w2: opened
submit t1..t4
  -> t1..t4: submitted
  * default/default: created
  * t1..t4: submitted, ready
assign most=2
  -> t1..t2: granted #1
  * t1..t2: leased #1 to w1, attempt 1
  ! t1..t2: offer #1 at w1
drain w1
  -> done
  * w1: draining
show lanes
  = default/default of echo: 2 ready, first t3 at priority 0
release t1
  -> done
  * t1: returned #1: Released
release t2
  -> done
  * t2: returned #1: Released
show lanes
  = default/default of echo: 4 ready, first t2 at priority 0
assign
  -> t2: granted #2
  * t2: leased #2 to w2, attempt 2
  ! t2: offer #2 at w2
show tasks
  = t1: ready, 1 attempts, 0 of 5 failures
  = t2: leased, 2 attempts, 0 of 5 failures, #2 at w2
  = t3: ready, 0 attempts, 0 of 5 failures
  = t4: ready, 0 attempts, 0 of 5 failures
