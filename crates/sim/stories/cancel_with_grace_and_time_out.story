# Asked to cancel, a holder whose attempt times out first is not retried.
worker w1
  -> opened w1
  * w1: opened
submit t1 timeout=5s
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1 until +5s
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
cancel t1 grace=10s
  -> asked
  * t1: asked to cancel by +10s
  ! t1: cancel by +10s #1 at w1
sleep 7s
tick
  * t1: ended cancelled #1, asked
  ! t1: stop #1 at w1
show draining
  = t1 #1 at w1
stopped t1
  -> done
  * t1: stopped #1
