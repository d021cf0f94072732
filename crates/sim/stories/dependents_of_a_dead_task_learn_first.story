# A dead task is retried only when all that waited for it have learnt of its death.
sweep 1
worker w1
  -> opened w1
  * w1: opened
submit t1 retry=1,1s,200%,1m
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2..t4 after.failed=t1
  -> t2..t4: submitted
  * t2..t4: submitted, blocked
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
entry
fail t1 retryable
retry t1
grant t4 to=w1
end
  -> Fail: died
  -> Retry: refused: Backlog
  -> t4: granted #1
  * t1: ended dead #1
  * t4: ready
  * t4: leased #1 to w1, attempt 1
  * t2: ready
  ! t4: offer #1 at w1
retry t1
  -> refused: Backlog
  * t3: ready
retry t1
  -> done
  * t1: retried, generation 1
retry t1
  -> refused: TaskNotEnded
retry t1
  -> refused: TaskNotEnded
show tasks
  = t1: ready, generation 1, 1 attempts, 0 of 1 failures
  = t2: ready, 0 attempts, 0 of 5 failures
  = t3: ready, 0 attempts, 0 of 5 failures
  = t4: leased, 1 attempts, 0 of 5 failures, #1 at w1
