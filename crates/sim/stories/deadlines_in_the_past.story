# A latest start that lies in the past expires the task in the very entry that says so.
worker w1
  -> opened w1
  * w1: opened
submit t1 must-start-by=-5s
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
  * t1: ended expired
submit t2
  -> t2: submitted
  * t2: submitted, ready
update t2 must-start-by=-1s
  -> done
  * t2: update 1
  * t2: ended expired
entry
submit t3 must-start-by=0ms
grant t3 to=w1
end
  -> t3: submitted
  -> Grant: refused: TaskEnded(Expired)
  * t3: submitted, ready
  * t3: ended expired
submit t4 not-before=1m
  -> t4: submitted
  * t4: submitted, scheduled
update t4 not-before=-1m
  -> done
  * t4: update 1
  * t4: ready
grant t4 to=w1
  -> t4: granted #1
  * t4: leased #1 to w1, attempt 1
  ! t4: offer #1 at w1
update t4 must-start-by=-1m
  -> asked
  * t4: update 2
  ! t4: update 2 #1 at w1
show tasks
  = t4: leased, 1 attempts, 0 of 5 failures, #1 at w1, update 2 unanswered
