# The most urgent goes first, and among equals the one that came first.
worker w1 slots=6
  -> opened w1
  * w1: opened
submit t1 priority=1 + t2 priority=9 + t3 + t4 priority=9 + t5 priority=1
  -> t1..t5: submitted
  * default/default: created
  * t1..t5: submitted, ready
assign most=1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
assign most=2
  -> t4: granted #1
  -> t1: granted #1
  * t4: leased #1 to w1, attempt 1
  * t1: leased #1 to w1, attempt 1
  ! t4: offer #1 at w1
  ! t1: offer #1 at w1
show lanes
  = default/default of echo: 2 ready, first t5 at priority 1
assign
  -> t5: granted #1
  -> t3: granted #1
  * t5: leased #1 to w1, attempt 1
  * t3: leased #1 to w1, attempt 1
  ! t5: offer #1 at w1
  ! t3: offer #1 at w1
