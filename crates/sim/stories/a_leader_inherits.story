# A new leader finds every order in the state: offers, wishes to cancel, to pause, to take over, and to stop.
worker w1 slots=6
  -> opened w1
  * w1: opened
submit t1..t6
  -> t1..t6: submitted
  * default/default: created
  * t1..t6: submitted, ready
assign
  -> t1..t6: granted #1
  * t1..t6: leased #1 to w1, attempt 1
  ! t1..t6: offer #1 at w1
cancel t1
  -> done
  * t1: ended cancelled #1, asked
  ! t1: stop #1 at w1
cancel t2 grace=1m
  -> asked
  * t2: asked to cancel by +60s
  ! t2: cancel by +60s #1 at w1
pause t3
  -> asked
  * t3: held
  ! t3: pause by +30s #1 at w1
update t4 priority=2
  -> asked
  * t4: update 1
  ! t4: update 1 #1 at w1
pause t5
  -> asked
  * t5: held
  ! t5: pause by +30s #1 at w1
suspended t5
  -> done
  * t5: suspended
leader skew=+2s
  ! t1: stop #1 at w1
  ! t2: offer #1 at w1
  ! t2: cancel by +60s #1 at w1
  ! t3: offer #1 at w1
  ! t3: pause by +30s #1 at w1
  ! t4: offer #1 at w1
  ! t4: update 1 #1 at w1
  ! t5: offer suspended #1 at w1
  ! t6: offer #1 at w1
restart
  = the same state
show orders
  = ! t1: stop #1 at w1
  = ! t2: offer #1 at w1
  = ! t2: cancel by +60s #1 at w1
  = ! t3: offer #1 at w1
  = ! t3: pause by +30s #1 at w1
  = ! t4: offer #1 at w1
  = ! t4: update 1 #1 at w1
  = ! t5: offer suspended #1 at w1
  = ! t6: offer #1 at w1
expire w1
  -> done
  * w1: expired, not charged
  * t6: returned #1: WorkerLost
  * t5: returned #1: WorkerLost
  * t4: returned #1: WorkerLost
  * t3: returned #1: WorkerLost
  * t2: ended cancelled #1, asked
  * t1: stopped #1
leader
  = nothing to order
tick
show orders
  = = nothing to order
