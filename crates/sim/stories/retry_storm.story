# Many tasks that fail at one moment come back spread over a quarter of the wait: the jitter is derived, not drawn.
worker w1 slots=12
  -> opened w1
  * w1: opened
submit t1..t12 retry=3,10s,200%,1m
  -> t1..t12: submitted
  * default/default: created
  * t1..t12: submitted, ready
assign
  -> t1..t12: granted #1
  * t1..t12: leased #1 to w1, attempt 1
  ! t1..t12: offer #1 at w1
each n=1..12 fail t{n} retryable error=Down
  -> retrying at +9.944s
  -> retrying at +8.703s
  -> retrying at +9.916s
  -> retrying at +9.389s
  -> retrying at +8.055s
  -> retrying at +8.42s
  -> retrying at +8.831s
  -> retrying at +8.794s
  -> retrying at +8.297s
  -> retrying at +8.28s
  -> retrying at +9.584s
  -> retrying at +9.297s
  * t1: retrying #1: FailedRetryable, ready at +9.944s
  * t2: retrying #1: FailedRetryable, ready at +8.703s
  * t3: retrying #1: FailedRetryable, ready at +9.916s
  * t4: retrying #1: FailedRetryable, ready at +9.389s
  * t5: retrying #1: FailedRetryable, ready at +8.055s
  * t6: retrying #1: FailedRetryable, ready at +8.42s
  * t7: retrying #1: FailedRetryable, ready at +8.831s
  * t8: retrying #1: FailedRetryable, ready at +8.794s
  * t9: retrying #1: FailedRetryable, ready at +8.297s
  * t10: retrying #1: FailedRetryable, ready at +8.28s
  * t11: retrying #1: FailedRetryable, ready at +9.584s
  * t12: retrying #1: FailedRetryable, ready at +9.297s
show deadline
  = +8.055s
sleep 10s
tick
  * t5: ready
  * t10: ready
  * t9: ready
  * t6: ready
  * t2: ready
  * t8: ready
  * t7: ready
  * t12: ready
  * t4: ready
  * t11: ready
  * t3: ready
  * t1: ready
show lanes
  = default/default of echo: 12 ready, first t5 at priority 0
