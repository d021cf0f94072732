# A suspended task is cancelled like any other: at once, or at the end of a grace, though its attempt's clock stands.
worker w1 slots=2
  -> opened w1
  * w1: opened
submit t1..t2 timeout=10s
  -> t1..t2: submitted
  * default/default: created
  * t1..t2: submitted, ready
assign
  -> t1..t2: granted #1 until +10s
  * t1..t2: leased #1 to w1, attempt 1
  ! t1..t2: offer #1 at w1
pause t1
  -> asked
  * t1: held
  ! t1: pause by +30s #1 at w1
pause t2
  -> asked
  * t2: held
  ! t2: pause by +30s #1 at w1
suspended t1
  -> done
  * t1: suspended
suspended t2
  -> done
  * t2: suspended
cancel t1
  -> done
  * t1: ended cancelled #1, asked
  ! t1: stop #1 at w1
cancel t2 grace=20s
  -> asked
  * t2: asked to cancel by +20s
  ! t2: cancel by +20s #1 at w1
sleep 1m
tick
  * t2: ended cancelled #1, asked
  ! t2: stop #1 at w1
stopped t1
  -> done
  * t1: stopped #1
stopped t2
  -> done
  * t2: stopped #1
show workers
  = w1: 0/2 slots
