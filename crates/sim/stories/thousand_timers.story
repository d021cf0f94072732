# A thousand timers that are due at once are settled bounded piece by bounded piece; each verb settles what it needs.
submit t1..t1000 not-before=10s
  -> t1..t1000: submitted
  * default/default: created
  * t1..t1000: submitted, scheduled
worker w1 slots=1000
  -> opened w1
  * w1: opened
sweep 100
sleep 10s
show deadline
  = +10s
tick
  * t1..t100: ready
grant t1000 to=w1
  -> t1000: granted #1
  * t101..t200: ready
  * t1000: ready
  * t1000: leased #1 to w1, attempt 1
  ! t1000: offer #1 at w1
cancel t999
  -> done
  * t201..t300: ready
  * t999: ready
  * t999: ended cancelled, asked
show deadline
  = +10s
each n=1..8 tick
  * t301..t998: ready
show deadline
  = never
show lanes
  = default/default of echo: 998 ready, first t1 at priority 0
