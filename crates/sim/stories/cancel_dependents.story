# A cancellation that takes dependents along says so in each of them; without it dependents go by their own rules.
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 after=t1 + t3 after.finished=t1 + t4 after.failed=t1 else=run
  -> t2..t4: submitted
  * t2..t4: submitted, blocked
submit t5 after=t2
  -> t5: submitted
  * t5: submitted, blocked
submit t6 after.finished=t5
  -> t6: submitted
  * t6: submitted, blocked
cancel t1 dependents
  -> done
  * t1: ended cancelled, asked
  * t2..t4: ended cancelled, with its dependency t1
  * t5: ended cancelled, with its dependency t2
  * t6: ended cancelled, with its dependency t5
show tasks
  = none
submit t11
  -> t11: submitted
  * t11: submitted, ready
submit t12 after=t11 + t13 after.finished=t11 + t14 after.failed=t11 else=run
  -> t12..t14: submitted
  * t12..t14: submitted, blocked
submit t15 after=t12
  -> t15: submitted
  * t15: submitted, blocked
submit t16 after.finished=t15
  -> t16: submitted
  * t16: submitted, blocked
cancel t11
  -> done
  * t11: ended cancelled, asked
  * t12: ended cancelled, its dependency t11 is not met
  * t13..t14: ready
  * t15: ended cancelled, its dependency t12 is not met
  * t16: ready
tick
show tasks
  = t13: ready, 0 attempts, 0 of 5 failures
  = t14: ready, 0 attempts, 0 of 5 failures
  = t16: ready, 0 attempts, 0 of 5 failures
