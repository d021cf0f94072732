# A second cancellation of a family that is being cancelled goes on with the stricter of both wishes.
worker w1 slots=5
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2..t4 parent=t1
  -> t2..t4: submitted
  * t2..t4: submitted, ready
submit t5 after=t1
  -> t5: submitted
  * t5: submitted, blocked
assign
  -> t1..t4: granted #1
  * t1..t4: leased #1 to w1, attempt 1
  ! t1..t4: offer #1 at w1
cancel t1 grace=1m children
  -> asked
  * t1..t4: asked to cancel by +60s
  ! t1..t4: cancel by +60s #1 at w1
show tasks
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1, cancel by +60s
  = t2: leased, 1 attempts, 0 of 5 failures, child of t1, #1 at w1, cancel by +60s
  = t3: leased, 1 attempts, 0 of 5 failures, child of t1, #1 at w1, cancel by +60s
  = t4: leased, 1 attempts, 0 of 5 failures, child of t1, #1 at w1, cancel by +60s
  = t5: blocked, waits for t1, 0 attempts, 0 of 5 failures
cancel t1 grace=10s children dependents
  -> asked
  * t1..t4: asked to cancel by +10s
  * t5: ended cancelled, with its dependency t1
  ! t1..t4: cancel by +10s #1 at w1
show tasks
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1, cancel by +10s
  = t2: leased, 1 attempts, 0 of 5 failures, child of t1, #1 at w1, cancel by +10s
  = t3: leased, 1 attempts, 0 of 5 failures, child of t1, #1 at w1, cancel by +10s
  = t4: leased, 1 attempts, 0 of 5 failures, child of t1, #1 at w1, cancel by +10s
cancel t3
  -> done
  * t3: ended cancelled #1, asked
  ! t3: stop #1 at w1
cancel t1 children
  -> done
  * t1: ended cancelled #1, asked
  * t2: ended cancelled #1, with its parent t1
  * t4: ended cancelled #1, with its parent t1
  ! t1..t2: stop #1 at w1
  ! t4: stop #1 at w1
show tasks
  = none
show draining
  = t1 #1 at w1
  = t2 #1 at w1
  = t3 #1 at w1
  = t4 #1 at w1
