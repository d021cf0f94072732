# A cancellation with a grace asks every holder in the family, ends what waits at once, and the rest at its time.
worker w1 slots=3
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 parent=t1 + t3 parent=t2 + t4 parent=t1
  -> t2..t4: submitted
  * t2..t4: submitted, ready
submit t5 after=t2
  -> t5: submitted
  * t5: submitted, blocked
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
cancel t1 grace=10s children dependents
  -> asked
  * t1..t2: asked to cancel by +10s
  * t4: ended cancelled, with its parent t1
  * t3: ended cancelled, with its parent t2
  * t5: ended cancelled, with its dependency t2
  ! t1..t2: cancel by +10s #1 at w1
tick
show tasks
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1, cancel by +10s
  = t2: leased, 1 attempts, 0 of 5 failures, child of t1, #1 at w1, cancel by +10s
complete t2
  -> done
  * t2: ended succeeded #1
show tasks
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1, cancel by +10s
sleep 10s
tick
  * t1: ended cancelled #1, asked
  ! t1: stop #1 at w1
tick
show tasks
  = none
show draining
  = t1 #1 at w1
