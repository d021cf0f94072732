# Asked to pause, a holder may as well complete or fail; a failed one waits, held.
worker w1 slots=3
  -> opened w1
  * w1: opened
submit t1..t3 retry=3,10s,100%,10s
  -> t1..t3: submitted
  * default/default: created
  * t1..t3: submitted, ready
assign
  -> t1..t3: granted #1
  * t1..t3: leased #1 to w1, attempt 1
  ! t1..t3: offer #1 at w1
pause t1
  -> asked
  * t1: held
  ! t1: pause by +30s #1 at w1
pause t2
  -> asked
  * t2: held
  ! t2: pause by +30s #1 at w1
pause t3
  -> asked
  * t3: held
  ! t3: pause by +30s #1 at w1
complete t1
  -> done
  * t1: ended succeeded #1
fail t2 retryable
  -> retrying at +8.703s
  * t2: retrying #1: FailedRetryable, ready at +8.703s
resume t3
  -> done
  * t3: resumed
  ! t3: go on #1 at w1
show tasks
  = t2: backoff, held, until +8.703s, 1 attempts, 1 of 3 failures
  = t3: leased, 1 attempts, 0 of 3 failures, #1 at w1
suspended t3
  -> refused: NotAsked
sleep 1m
tick
  * t2: ready
show tasks
  = t2: ready, held, 1 attempts, 1 of 3 failures
  = t3: leased, 1 attempts, 0 of 3 failures, #1 at w1
assign
resume t2
  -> done
  * t2: resumed
assign
  -> t2: granted #2
  * t2: leased #2 to w1, attempt 2
  ! t2: offer #2 at w1
