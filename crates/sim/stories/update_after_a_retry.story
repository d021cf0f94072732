# A task that is ready again after a retry can be put off, like any other.
worker w1 slots=9
  -> opened w1
  * w1: opened
submit t1 retry=1,500ms,100%,500ms
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
fail t1 retryable
  -> died
  * t1: ended dead #1
retry t1
  -> done
  * t1: retried, generation 1
update t1 not-before=60s
  -> done
  * t1: update 1
  * t1: scheduled until +60s
show t1
  = t1: scheduled, until +60s, generation 1, 1 attempts, 0 of 1 failures
grant t1 to=w1
  -> refused: TaskNotReady(Scheduled)
