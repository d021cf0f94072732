# A task under a parent that has ended is refused; one under a living parent outlives it, unless cancelled with it.
worker w1 slots=3
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 parent=t1 + t3 parent=t2
  -> t2..t3: submitted
  * t2..t3: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
complete t1
  -> done
  * t1: ended succeeded #1
submit t4 parent=t1
  -> refused: ParentEnded
submit t4 parent=t77
  -> refused: TaskNotFound
submit t4 parent=t2
  -> t4: submitted
  * t4: submitted, ready
cancel t2
  -> done
  * t2: ended cancelled, asked
show tasks
  = t3: ready, 0 attempts, 0 of 5 failures, child of t2
  = t4: ready, 0 attempts, 0 of 5 failures, child of t2
submit t5 parent=t2
  -> refused: ParentEnded
submit t6 retry=1,1s,200%,1m
  -> t6: submitted
  * t6: submitted, ready
grant t6 to=w1
  -> t6: granted #1
  * t6: leased #1 to w1, attempt 1
  ! t6: offer #1 at w1
fail t6 retryable
  -> died
  * t6: ended dead #1
submit t7 parent=t6
  -> refused: ParentEnded
