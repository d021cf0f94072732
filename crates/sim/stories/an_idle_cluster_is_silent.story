# With nothing due there is no next deadline, and an empty entry changes nothing.
show deadline
  = never
tick
worker w1
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 after=t1
  -> t2: submitted
  * t2: submitted, blocked
show deadline
  = never
submit t3 must-start-by=1m
  -> t3: submitted
  * t3: submitted, ready
show deadline
  = +60s
cancel t3
  -> done
  * t3: ended cancelled, asked
submit t4 timeout=30s
  -> t4: submitted
  * t4: submitted, ready
grant t4 to=w1
  -> t4: granted #1 until +30s
  * t4: leased #1 to w1, attempt 1
  ! t4: offer #1 at w1
show deadline
  = +30s
extend t4 for=45s
  -> extended until +45s
  * t4: extended until +45s
show deadline
  = +45s
pause t4 grace=10s
  -> asked
  * t4: held
  ! t4: pause by +10s #1 at w1
show deadline
  = +10s
suspended t4
  -> done
  * t4: suspended
show deadline
  = never
