# A cancellation reaches children and theirs, but not dependents unless asked; ended children keep their end.
worker w1 slots=2
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 parent=t1 + t3 parent=t1 + t4 parent=t1
  -> t2..t4: submitted
  * t2..t4: submitted, ready
submit t5 parent=t2 + t6 after=t1 + t7 parent=t3
  -> t5..t7: submitted
  * t5: submitted, ready
  * t6: submitted, blocked
  * t7: submitted, ready
grant t3 to=w1
  -> t3: granted #1
  * t3: leased #1 to w1, attempt 1
  ! t3: offer #1 at w1
grant t4 to=w1
  -> t4: granted #1
  * t4: leased #1 to w1, attempt 1
  ! t4: offer #1 at w1
complete t4
  -> done
  * t4: ended succeeded #1
cancel t1 children
  -> done
  * t1: ended cancelled, asked
  * t2: ended cancelled, with its parent t1
  * t3: ended cancelled #1, with its parent t1
  * t6: ended cancelled, its dependency t1 is not met
  * t5: ended cancelled, with its parent t2
  * t7: ended cancelled, with its parent t3
  ! t3: stop #1 at w1
show tasks
  = none
tick
show tasks
  = none
show draining
  = t3 #1 at w1
