# Asked to cancel, a holder fails: retryable or not, there is no other attempt.
worker w1 slots=4
  -> opened w1
  * w1: opened
submit t1..t4
  -> t1..t4: submitted
  * default/default: created
  * t1..t4: submitted, ready
assign
  -> t1..t4: granted #1
  * t1..t4: leased #1 to w1, attempt 1
  ! t1..t4: offer #1 at w1
cancel t1 grace=10s
  -> asked
  * t1: asked to cancel by +10s
  ! t1: cancel by +10s #1 at w1
cancel t2 grace=10s
  -> asked
  * t2: asked to cancel by +10s
  ! t2: cancel by +10s #1 at w1
cancel t3 grace=10s
  -> asked
  * t3: asked to cancel by +10s
  ! t3: cancel by +10s #1 at w1
cancel t4 grace=10s
  -> asked
  * t4: asked to cancel by +10s
  ! t4: cancel by +10s #1 at w1
fail t1 retryable error=Interrupted
  -> done
  * t1: ended cancelled #1, asked
fail t2 error=Broken
  -> done
  * t2: ended cancelled #1, asked
release t3
  -> done
  * t3: ended cancelled #1, asked
fail t1 retryable error=Interrupted
  -> already accepted
fail t2 error=Broken
  -> already accepted
release t3
  -> already accepted
expire w1 charged
  -> done
  * w1: expired, charged
  * t4: ended cancelled #1, asked
tick
show tasks
  = none
