# What must start by an instant expires even while it is blocked, and what it waited for no longer matters.
worker w1
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 after=t1 must-start-by=10s
  -> t2: submitted
  * t2: submitted, blocked
submit t3 after=t2 + t4 after.finished=t2
  -> t3..t4: submitted
  * t3..t4: submitted, blocked
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
sleep 10s
complete t1
  -> done
  * t2: ended expired
  * t3: ended cancelled, its dependency t2 is not met
  * t4: ready
  * t1: ended succeeded #1
tick
show tasks
  = t4: ready, 0 attempts, 0 of 5 failures
