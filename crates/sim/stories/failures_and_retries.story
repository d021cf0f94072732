# Failures wait longer and longer, then the task is dead, and stays until somebody retries or forgets it.
worker w1
  -> opened w1
  * w1: opened
submit t1 retry=3,1s,200%,1m
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
fail t1 retryable error=Io message="no route" details="trace of it"
  -> retrying at +0.75s
  * t1: retrying #1: FailedRetryable, ready at +0.75s
fail t1 retryable error=Io
  -> refused: StaleToken
show t1
  = t1: backoff, until +0.75s, 1 attempts, 1 of 3 failures
grant t1 to=w1
  -> refused: TaskNotReady(Backoff)
sleep 1s
grant t1 to=w1
  -> t1: granted #2
  * t1: ready
  * t1: leased #2 to w1, attempt 2
  ! t1: offer #2 at w1
# The worker asks for a longer wait.
fail t1 retryable error=Busy retry-after=30s
  -> retrying at +31s
  * t1: retrying #2: FailedRetryable, ready at +31s
sleep 29s
grant t1 to=w1
  -> refused: TaskNotReady(Backoff)
sleep 1s
grant t1 to=w1
  -> t1: granted #3
  * t1: ready
  * t1: leased #3 to w1, attempt 3
  ! t1: offer #3 at w1
fail t1 retryable error=Io
  -> died
  * t1: ended dead #3
fail t1 retryable error=Io
  -> already accepted
complete t1
  -> refused: StaleToken
show t1
  = t1: dead, 3 attempts, 3 of 3 failures
pause t1
  -> refused: TaskEnded(Dead)
update t1 priority=3
  -> refused: TaskEnded(Dead)
resume t1
  -> refused: TaskEnded(Dead)
forget t1
  -> done
  * t1: forgotten
show t1
  = t1: forgotten
forget t1
  -> refused: TaskNotFound
retry t1
  -> refused: TaskNotFound
