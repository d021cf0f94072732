# Tasks of a submit may form a batch, or join one that was begun before.
submit t1..t2 batch=own
  -> t1..t2: submitted
  * default/default: created
  * t1..t2: submitted, ready
submit t3 batch=t1
  -> t3: submitted
  * t3: submitted, ready
submit t4 batch=alone
  -> t4: submitted
  * t4: submitted, ready
restart
  = the same state
show tasks
  = t1: ready, 0 attempts, 0 of 5 failures
  = t2: ready, 0 attempts, 0 of 5 failures
  = t3: ready, 0 attempts, 0 of 5 failures
  = t4: ready, 0 attempts, 0 of 5 failures
