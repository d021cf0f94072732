# A back-off can be made longer, never shorter.
worker w1
  -> opened w1
  * w1: opened
submit t1 retry=3,1s,100%,1s
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
fail t1 retryable error=Io retry-after=5s
  -> retrying at +5s
  * t1: retrying #1: FailedRetryable, ready at +5s
update t1 not-before=2s
  -> done
  * t1: update 1
show t1
  = t1: backoff, until +5s, 1 attempts, 1 of 3 failures
update t1 not-before=9s
  -> done
  * t1: update 2
show t1
  = t1: backoff, until +9s, 1 attempts, 1 of 3 failures
sleep 9s
tick
  * t1: ready
