# A clock that went mad cannot bring the state's time beyond its bound.
worker w1
  -> opened w1
  * w1: opened
submit t1 not-before=1h
  -> t1: submitted
  * default/default: created
  * t1: submitted, scheduled
clock +3650000d
tick
  * t1: ready
show t1
  = t1: ready, 0 attempts, 0 of 5 failures
submit t2 not-before=1s timeout=3650d
  -> refused: OutOfBounds(NotBefore)
grant t2 to=w1
  -> refused: TaskNotFound
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
fail t1 retryable retry-after=3650d
  -> retrying at +15340585600s
  * t1: retrying #1: FailedRetryable, ready at +15340585600s
show tasks
  = t1: backoff, until +15340585600s, 1 attempts, 1 of 5 failures
clock -3650000d
tick
show deadline
  = +15340585600s
