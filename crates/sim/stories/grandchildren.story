# A cancellation goes from parent to child; where the child between has ended, what is below it goes on.
worker w1 slots=3
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 parent=t1 retry=1,1s,200%,1m + t3 parent=t1
  -> t2..t3: submitted
  * t2..t3: submitted, ready
submit t4 parent=t2 + t5 parent=t3
  -> t4..t5: submitted
  * t4..t5: submitted, ready
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
fail t2 retryable
  -> died
  * t2: ended dead #1
grant t3 to=w1
  -> t3: granted #1
  * t3: leased #1 to w1, attempt 1
  ! t3: offer #1 at w1
complete t3
  -> done
  * t3: ended succeeded #1
cancel t1 children
  -> done
  * t1: ended cancelled, asked
show tasks
  = t2: dead, 1 attempts, 1 of 1 failures, child of t1
  = t4: ready, 0 attempts, 0 of 5 failures, child of t2
  = t5: ready, 0 attempts, 0 of 5 failures, child of t3
