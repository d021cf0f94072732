# A failure reported after its attempt timed out is stale, also when that killed the task.
worker w1 slots=9
  -> opened w1
  * w1: opened
submit t1 retry=1,500ms,100%,500ms timeout=1s
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1 until +1s
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
sleep 2s
fail t1 retryable
  -> refused: StaleToken
  * t1: ended dead #1
  ! t1: stop #1 at w1
submit t2 retry=2,500ms,100%,500ms timeout=1s
  -> t2: submitted
  * t2: submitted, ready
grant t2 to=w1
  -> t2: granted #1 until +3s
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
sleep 2s
fail t2 retryable
  -> refused: StaleToken
  * t2: retrying #1: TimedOut, ready at +3.463s
  * t2: ready
  ! t2: stop #1 at w1
