# The state's time never goes back: a leader whose clock is behind waits until it has caught up.
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
sleep 5s
tick
leader skew=-1h
  ! t1: offer #1 at w1
show deadline
  = +10s
tick
submit t2 not-before=10s
  -> t2: submitted
  * t2: submitted, scheduled
show t2
  = t2: scheduled, until +15s, 0 attempts, 0 of 5 failures
sleep 6s
tick
show t1
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1, times out +10s
leader
  ! t1: offer #1 at w1
sleep 5s
tick
  * t1: retrying #1: TimedOut, ready at +10.75s
  * t1..t2: ready
  ! t1: stop #1 at w1
show t2
  = t2: ready, 0 attempts, 0 of 5 failures
