# An idempotency key makes a request happen once: the same hash finds what exists, another hash is refused.
worker w1
  -> opened w1
  * w1: opened
submit t1..t3 key=abc hash=1
  -> t1..t3: submitted
  * default/default: created
  * t1..t3: submitted, ready
submit t1..t3 key=abc hash=1
  -> t1..t3: existing
leader skew=+1s
  = nothing to order
submit t4 key=abc hash=2
  -> refused: KeyMismatch
restart
  = the same state
submit t4..t6 key=abc hash=1
  -> t1..t3: existing
show t6
  = t3: ready, 0 attempts, 0 of 5 failures
submit t7 key=abcd hash=1
  -> t7: submitted
  * t7: submitted, ready
submit t8 key="" hash=1
  -> refused: OutOfBounds(Key)
submit t8 key=k*256
  -> t8: submitted
  * t8: submitted, ready
submit t9 key=k*257
  -> refused: OutOfBounds(Key)
submit t9 key=z lifetime=0ms
  -> refused: OutOfBounds(Key)
show tasks
  = t1: ready, 0 attempts, 0 of 5 failures
  = t2: ready, 0 attempts, 0 of 5 failures
  = t3: ready, 0 attempts, 0 of 5 failures
  = t7: ready, 0 attempts, 0 of 5 failures
  = t8: ready, 0 attempts, 0 of 5 failures
