# What each rule and each otherwise makes of a dependency that ends cancelled: before, and after the fact.
submit t0
  -> t0: submitted
  * default/default: created
  * t0: submitted, ready
submit t1 after=t0 + t2 after.run=t0 + t3 after.finished=t0 + t4 after.finished.run=t0 + t5 after.failed=t0 + t6 after.failed.run=t0
  -> t1..t6: submitted
  * t1..t6: submitted, blocked
show tasks
  = t0: ready, 0 attempts, 0 of 5 failures
  = t1: blocked, waits for t0, 0 attempts, 0 of 5 failures
  = t2: blocked, waits for t0, 0 attempts, 0 of 5 failures
  = t3: blocked, waits for t0, 0 attempts, 0 of 5 failures
  = t4: blocked, waits for t0, 0 attempts, 0 of 5 failures
  = t5: blocked, waits for t0, 0 attempts, 0 of 5 failures
  = t6: blocked, waits for t0, 0 attempts, 0 of 5 failures
cancel t0
  -> done
  * t0: ended cancelled, asked
  * t1: ended cancelled, its dependency t0 is not met
  * t2..t4: ready
  * t5: ended cancelled, its dependency t0 is not met
  * t6: ready
show tasks
  = t2: ready, 0 attempts, 0 of 5 failures
  = t3: ready, 0 attempts, 0 of 5 failures
  = t4: ready, 0 attempts, 0 of 5 failures
  = t6: ready, 0 attempts, 0 of 5 failures
submit t11 after=t0 + t12 after.run=t0 + t13 after.finished=t0 + t14 after.finished.run=t0 + t15 after.failed=t0 + t16 after.failed.run=t0
  -> t11..t16: submitted
  * t11: submitted, ready
  * t11: ended cancelled, its dependency t0 is not met
  * t12..t15: submitted, ready
  * t15: ended cancelled, its dependency t0 is not met
  * t16: submitted, ready
show tasks
  = t2: ready, 0 attempts, 0 of 5 failures
  = t3: ready, 0 attempts, 0 of 5 failures
  = t4: ready, 0 attempts, 0 of 5 failures
  = t6: ready, 0 attempts, 0 of 5 failures
  = t12: ready, 0 attempts, 0 of 5 failures
  = t13: ready, 0 attempts, 0 of 5 failures
  = t14: ready, 0 attempts, 0 of 5 failures
  = t16: ready, 0 attempts, 0 of 5 failures
