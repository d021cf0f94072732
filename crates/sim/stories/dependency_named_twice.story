# A task names each dependency once, and never itself or one that comes later.
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 after=t1 after.failed=t1
  -> refused: OutOfBounds(Dependencies)
submit t2 after=t2
  -> refused: ForwardReference
submit t2 after=t3 + t3
  -> refused: ForwardReference
submit t2 + t3 after=t2,t2
  -> refused: OutOfBounds(Dependencies)
submit t4 parent=t4
  -> refused: ForwardReference
submit t4..t5 after=t1
  -> t4..t5: submitted
  * t4..t5: submitted, blocked
show tasks
  = t1: ready, 0 attempts, 0 of 5 failures
  = t4: blocked, waits for t1, 0 attempts, 0 of 5 failures
  = t5: blocked, waits for t1, 0 attempts, 0 of 5 failures
