# A task that nobody holds is cancelled in every phase of waiting, with or without a grace; a dead one has ended.
worker w1
  -> opened w1
  * w1: opened
submit t0 not-before=1h
  -> t0: submitted
  * default/default: created
  * t0: submitted, scheduled
submit t1 after=t0
  -> t1: submitted
  * t1: submitted, blocked
submit t2
  -> t2: submitted
  * t2: submitted, ready
submit t3 retry=2,5s,200%,1m
  -> t3: submitted
  * t3: submitted, ready
grant t3 to=w1
  -> t3: granted #1
  * t3: leased #1 to w1, attempt 1
  ! t3: offer #1 at w1
fail t3 retryable error=Io
  -> retrying at +4.378s
  * t3: retrying #1: FailedRetryable, ready at +4.378s
submit t4 retry=1,5s,200%,1m
  -> t4: submitted
  * t4: submitted, ready
grant t4 to=w1
  -> t4: granted #1
  * t4: leased #1 to w1, attempt 1
  ! t4: offer #1 at w1
fail t4 retryable error=Io
  -> died
  * t4: ended dead #1
show tasks
  = t0: scheduled, until +3600s, 0 attempts, 0 of 5 failures
  = t1: blocked, waits for t0, 0 attempts, 0 of 5 failures
  = t2: ready, 0 attempts, 0 of 5 failures
  = t3: backoff, until +4.378s, 1 attempts, 1 of 2 failures
  = t4: dead, 1 attempts, 1 of 1 failures
cancel t1 grace=10s
  -> done
  * t1: ended cancelled, asked
cancel t0
  -> done
  * t0: ended cancelled, asked
cancel t2 grace=10s
  -> done
  * t2: ended cancelled, asked
cancel t3
  -> done
  * t3: ended cancelled, asked
cancel t4
  -> refused: TaskEnded(Dead)
cancel t9
  -> refused: TaskNotFound
show tasks
  = t4: dead, 1 attempts, 1 of 1 failures
show deadline
  = never
