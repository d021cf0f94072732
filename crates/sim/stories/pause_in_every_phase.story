# A task is held in whatever phase it waits: its timers go on, but it is not granted until resumed.
worker w1
  -> opened w1
  * w1: opened
submit t1 not-before=10s
  -> t1: submitted
  * default/default: created
  * t1: submitted, scheduled
submit t2 after=t1
  -> t2: submitted
  * t2: submitted, blocked
submit t3
  -> t3: submitted
  * t3: submitted, ready
submit t4 retry=3,10s,100%,10s
  -> t4: submitted
  * t4: submitted, ready
grant t4 to=w1
  -> t4: granted #1
  * t4: leased #1 to w1, attempt 1
  ! t4: offer #1 at w1
fail t4 retryable
  -> retrying at +8.57s
  * t4: retrying #1: FailedRetryable, ready at +8.57s
pause t1
  -> done
  * t1: held
pause t2
  -> done
  * t2: held
pause t3
  -> done
  * t3: held
pause t3
  -> done
pause t4
  -> done
  * t4: held
show tasks
  = t1: scheduled, held, until +10s, 0 attempts, 0 of 5 failures
  = t2: blocked, held, waits for t1, 0 attempts, 0 of 5 failures
  = t3: ready, held, 0 attempts, 0 of 5 failures
  = t4: backoff, held, until +8.57s, 1 attempts, 1 of 3 failures
grant t3 to=w1
  -> refused: TaskHeld
sleep 10s
tick
  * t4: ready
  * t1: ready
show tasks
  = t1: ready, held, 0 attempts, 0 of 5 failures
  = t2: blocked, held, waits for t1, 0 attempts, 0 of 5 failures
  = t3: ready, held, 0 attempts, 0 of 5 failures
  = t4: ready, held, 1 attempts, 1 of 3 failures
assign
resume t3
  -> done
  * t3: resumed
resume t3
  -> refused: TaskNotHeld
resume t4
  -> done
  * t4: resumed
resume t1
  -> done
  * t1: resumed
assign
  -> t3: granted #1
  * t3: leased #1 to w1, attempt 1
  ! t3: offer #1 at w1
complete t3
  -> done
  * t3: ended succeeded #1
assign
  -> t4: granted #2
  * t4: leased #2 to w1, attempt 2
  ! t4: offer #2 at w1
complete t4
  -> done
  * t4: ended succeeded #2
assign
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
complete t1
  -> done
  * t1: ended succeeded #1
  * t2: ready
tick
show t2
  = t2: ready, held, 0 attempts, 0 of 5 failures
grant t2 to=w1
  -> refused: TaskHeld
resume t2
  -> done
  * t2: resumed
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
complete t2
  -> done
  * t2: ended succeeded #1
pause t2
  -> refused: TaskEnded(Succeeded)
resume t9
  -> refused: TaskNotFound
