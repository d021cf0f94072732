# Growth of the wait stops at the longest wait, and a factor of one hundred per cent does not grow.
worker w1 slots=2
  -> opened w1
  * w1: opened
submit t1 retry=9,1s,300%,5s
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 retry=9,1s,100%,5s
  -> t2: submitted
  * t2: submitted, ready
assign
  -> t1..t2: granted #1
  * t1..t2: leased #1 to w1, attempt 1
  ! t1..t2: offer #1 at w1
fail t1 retryable
  -> retrying at +0.75s
  * t1: retrying #1: FailedRetryable, ready at +0.75s
fail t2 retryable
  -> retrying at +0.863s
  * t2: retrying #1: FailedRetryable, ready at +0.863s
sleep 1s
assign
  * t1..t2: ready
fail t1 retryable
  -> refused: StaleToken
fail t2 retryable
  -> refused: StaleToken
sleep 3s
assign
  -> t1..t2: granted #2
  * t1..t2: leased #2 to w1, attempt 2
  ! t1..t2: offer #2 at w1
fail t1 retryable
  -> retrying at +6.809s
  * t1: retrying #2: FailedRetryable, ready at +6.809s
fail t2 retryable
  -> retrying at +4.93s
  * t2: retrying #2: FailedRetryable, ready at +4.93s
sleep 5s
assign
  * t2: ready
  * t1: ready
fail t1 retryable
  -> refused: StaleToken
fail t2 retryable
  -> refused: StaleToken
