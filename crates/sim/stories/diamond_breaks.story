# When one side of a diamond fails, what waits for it is cancelled, and the other side goes on.
worker w1 slots=4
  -> opened w1
  * w1: opened
submit t1 + t2 after=t1 + t3 after=t1 + t4 after=t2,t3 + t5 after.failed=t4 + t6 after.finished=t4
  -> t1..t6: submitted
  * default/default: created
  * t1: submitted, ready
  * t2..t6: submitted, blocked
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
fail t3 error=Bad
  -> done
  * t3: ended failed #1
  * t4: ended cancelled, its dependency t3 is not met
  * t5: ended cancelled, its dependency t4 is not met
  * t6: ready
tick
show tasks
  = t2: leased, 1 attempts, 0 of 5 failures, #1 at w1
  = t6: ready, 0 attempts, 0 of 5 failures
complete t2
  -> done
  * t2: ended succeeded #1
show tasks
  = t6: ready, 0 attempts, 0 of 5 failures
