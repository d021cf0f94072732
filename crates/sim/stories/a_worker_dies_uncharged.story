# The death of a session without charge puts its tasks back to the head of their queue, with no failure counted.
worker w1 slots=2
  -> opened w1
  * w1: opened
worker w2
  -> opened w2
  * w2: opened
submit t1..t3
  -> t1..t3: submitted
  * default/default: created
  * t1..t3: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
expire w1 how=evicted
  -> done
  * w1: expired, not charged
  * t2: returned #1: WorkerLost
  * t1: returned #1: WorkerLost
show lanes
  = default/default of echo: 3 ready, first t1 at priority 0
show tasks
  = t1: ready, 1 attempts, 0 of 5 failures
  = t2: ready, 1 attempts, 0 of 5 failures
  = t3: ready, 0 attempts, 0 of 5 failures
assign
  -> t1: granted #2
  * t1: leased #2 to w2, attempt 2
  ! t1: offer #2 at w2
expire w1
  -> refused: WorkerNotFound
expire w2 how=closed
  -> done
  * w2: closed
  * t1: returned #2: WorkerClosed
tick
show tasks
  = t1: ready, 2 attempts, 0 of 5 failures
  = t2: ready, 1 attempts, 0 of 5 failures
  = t3: ready, 0 attempts, 0 of 5 failures
