# Asked to pause, a holder suspends in place: the attempt's clock stands until it may go on.
worker w1
  -> opened w1
  * w1: opened
submit t1 timeout=10s
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1 until +10s
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
suspended t1
  -> refused: NotAsked
sleep 4s
pause t1
  -> asked
  * t1: held
  ! t1: pause by +34s #1 at w1
suspended t1
  -> done
  * t1: suspended
suspended t1
  -> already accepted
show t1
  = t1: leased, held, 1 attempts, 0 of 5 failures, #1 at w1, suspended
sleep 1h
tick
show deadline
  = never
restart
  = the same state
resume t1
  -> done
  * t1: resumed
  ! t1: go on #1 at w1
show t1
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1, times out +3610s
sleep 5s
tick
sleep 1s
tick
  * t1: retrying #1: TimedOut, ready at +3610.75s
  ! t1: stop #1 at w1
show t1
  = t1: backoff, until +3610.75s, 1 attempts, 1 of 5 failures
