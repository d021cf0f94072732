# A dead task is retried in place: failures count anew, its dependencies stay met, and its latest start is over.
worker w1
  -> opened w1
  * w1: opened
submit t1 must-start-by=1m retry=2,1s,100%,1s
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 after.failed=t1
  -> t2: submitted
  * t2: submitted, blocked
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
fail t1 retryable
  -> retrying at +0.75s
  * t1: retrying #1: FailedRetryable, ready at +0.75s
sleep 1s
grant t1 to=w1
  -> t1: granted #2
  * t1: ready
  * t1: leased #2 to w1, attempt 2
  ! t1: offer #2 at w1
fail t1 retryable
  -> died
  * t1: ended dead #2
  * t2: ready
show tasks
  = t1: dead, 2 attempts, 2 of 2 failures
  = t2: ready, 0 attempts, 0 of 5 failures
sleep 1h
retry t1
  -> done
  * t1: retried, generation 1
tick
show tasks
  = t1: ready, generation 1, 2 attempts, 0 of 2 failures
  = t2: ready, 0 attempts, 0 of 5 failures
grant t1 to=w1
  -> t1: granted #3
  * t1: leased #3 to w1, attempt 3
  ! t1: offer #3 at w1
fail t1 retryable
  -> retrying at +3601.9s
  * t1: retrying #3: FailedRetryable, ready at +3601.9s
show t1
  = t1: backoff, until +3601.9s, generation 1, 3 attempts, 1 of 2 failures
