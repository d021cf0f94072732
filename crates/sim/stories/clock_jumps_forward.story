# A leader whose clock is ahead ends everything early, once; the next one with a true clock goes on from there.
worker w1
  -> opened w1
  * w1: opened
submit t1 timeout=1h retry=2,1s,200%,1m
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 not-before=30m
  -> t2: submitted
  * t2: submitted, scheduled
grant t1 to=w1
  -> t1: granted #1 until +3600s
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
clock +2h
tick
  * t2: ready
  * t1: retrying #1: TimedOut, ready at +3600.75s
  * t1: ready
  ! t1: stop #1 at w1
show tasks
  = t1: ready, 1 attempts, 1 of 2 failures
  = t2: ready, 0 attempts, 0 of 5 failures
leader
  ! t1: stop #1 at w1
submit t3 not-before=1s timeout=1s
  -> t3: submitted
  * t3: submitted, scheduled
sleep 1h
tick
show t3
  = t3: scheduled, until +7201s, 0 attempts, 0 of 5 failures
sleep 1h
sleep 1s
tick
  * t3: ready
grant t3 to=w1
  -> refused: NoSlot
stopped t1
  -> done
  * t1: stopped #1
grant t3 to=w1
  -> t3: granted #1 until +7202s
  * t3: leased #1 to w1, attempt 1
  ! t3: offer #1 at w1
