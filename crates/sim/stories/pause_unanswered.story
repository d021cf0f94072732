# A pause without an answer revokes the lease at the end of its grace: the task is held, and the slot drains.
worker w1
  -> opened w1
  * w1: opened
worker w2
  -> opened w2
  * w2: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
pause t1
  -> asked
  * t1: held
  ! t1: pause by +30s #1 at w1
sleep 29s
tick
sleep 1s
complete t1
  -> refused: StaleToken
  * t1: returned #1: PauseUnanswered
  ! t1: stop #1 at w1
show t1
  = t1: ready, held, 1 attempts, 0 of 5 failures
show draining
  = t1 #1 at w1
resume t1
  -> done
  * t1: resumed
grant t1 to=w1
  -> refused: NoSlot
grant t1 to=w2
  -> t1: granted #2
  * t1: leased #2 to w2, attempt 2
  ! t1: offer #2 at w2
stopped t1 token=t1#1
  -> done
  * t1: stopped #1
show t1
  = t1: leased, 2 attempts, 0 of 5 failures, #2 at w2
