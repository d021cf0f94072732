# With the smallest sweep a cancellation spreads over many entries, yet no verb sees a member of the family as alive.
sweep 1
worker w1
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2..t6 parent=t1
  -> t2..t6: submitted
  * t2..t6: submitted, ready
submit t7 parent=t6
  -> t7: submitted
  * t7: submitted, ready
entry
cancel t1 children
grant t6 to=w1
submit t8 parent=t1
submit t9 parent=t7
update t7 priority=9
end
  -> Cancel: done
  -> Grant: refused: TaskEnded(Cancelled)
  -> Submit: refused: ParentEnded (2 times)
  -> Update: refused: TaskEnded(Cancelled)
  * t1: ended cancelled, asked
  * t6: ended cancelled, with its parent t1
  * t7: ended cancelled, with its parent t6
  * t2: ended cancelled, with its parent t1
show tasks
  = t3: ready, 0 attempts, 0 of 5 failures, child of t1
  = t4: ready, 0 attempts, 0 of 5 failures, child of t1
  = t5: ready, 0 attempts, 0 of 5 failures, child of t1
each n=1..12 tick
  * t3..t5: ended cancelled, with its parent t1
show tasks
  = none
show deadline
  = never
