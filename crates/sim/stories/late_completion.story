# A completion after the deadline changes nothing, even if no sweep has seen the deadline yet.
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
sleep 10s
complete t1
  -> refused: StaleToken
  * t1: retrying #1: TimedOut, ready at +10.75s
  ! t1: stop #1 at w1
show t1
  = t1: backoff, until +10.75s, 1 attempts, 1 of 5 failures
# The slot stays charged until the worker says that it has stopped.
submit t2
  -> t2: submitted
  * t2: submitted, ready
grant t2 to=w1
  -> refused: NoSlot
stopped t1
  -> done
  * t1: stopped #1
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
complete t2
  -> done
  * t2: ended succeeded #1
# A millisecond earlier it would have counted.
submit t3 timeout=10s
  -> t3: submitted
  * t3: submitted, ready
grant t3 to=w1
  -> t3: granted #1 until +20s
  * t3: leased #1 to w1, attempt 1
  ! t3: offer #1 at w1
sleep 9s
sleep 999ms
complete t3
  -> done
  * t1: ready
  * t3: ended succeeded #1
