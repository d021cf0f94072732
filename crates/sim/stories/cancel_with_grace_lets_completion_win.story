# Asked to cancel within a grace, a holder may still complete.
worker w1
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
cancel t1 grace=10s
  -> asked
  * t1: asked to cancel by +10s
  ! t1: cancel by +10s #1 at w1
show t1
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1, cancel by +10s
sleep 9s
complete t1
  -> done
  * t1: ended succeeded #1
show t1
  = t1: ended succeeded, generation 0
