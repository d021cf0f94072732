# A child that was asked to cancel with its parent is cancelled for that reason, also when the grace has run out.
worker w1 slots=4
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 parent=t1 + t3 parent=t1 + t4 parent=t1
  -> t2..t4: submitted
  * t2..t4: submitted, ready
assign
  -> t1..t4: granted #1
  * t1..t4: leased #1 to w1, attempt 1
  ! t1..t4: offer #1 at w1
cancel t1 grace=10s children
  -> asked
  * t1..t4: asked to cancel by +10s
  ! t1..t4: cancel by +10s #1 at w1
release t4
  -> done
  * t4: ended cancelled #1, with its parent t1
fail t3 retryable
  -> done
  * t3: ended cancelled #1, with its parent t1
sleep 10s
tick
  * t1: ended cancelled #1, asked
  * t2: ended cancelled #1, with its parent t1
  ! t1..t2: stop #1 at w1
