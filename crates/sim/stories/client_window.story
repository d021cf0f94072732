# Replies below what is acknowledged are forgotten, and what is outside of the window is never executed.
open-client c1
  -> opened c1
  * c1: opened
submit t1 client=c1 seq=0
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 client=c1 seq=1
  -> t2: submitted
  * t2: submitted, ready
submit t3 client=c1 seq=2 acked=2
  -> t3: submitted
  * t3: submitted, ready
submit t4 client=c1 seq=1
  -> refused: OutcomeUnknown
submit t4 client=c1 seq=2
  -> t3: submitted (as said before)
submit t4 client=c1 seq=1026
  -> refused: OutcomeUnknown
submit t4 client=c1 seq=1025
  -> t4: submitted
  * t4: submitted, ready
submit t5 client=c1 seq=1026 acked=3
  -> t5: submitted
  * t5: submitted, ready
submit t6 client=c1 seq=3
  -> t6: submitted
  * t6: submitted, ready
submit t7 client=c1 seq=5000 acked=4999
  -> t7: submitted
  * t7: submitted, ready
submit t8 client=c1 seq=4998
  -> refused: OutcomeUnknown
submit t8 client=c1 seq=5001 acked=5002
  -> refused: OutOfBounds(Acknowledged)
submit t8 client=c1 seq=18446744073709551615 acked=0
  -> refused: OutOfBounds(Acknowledged)
restart
  = the same state
submit t8 client=c1 seq=4999 acked=4999
  -> t8: submitted
  * t8: submitted, ready
submit t7 client=c1 seq=5000
  -> t7: submitted (as said before)
show tasks
  = t1: ready, 0 attempts, 0 of 5 failures
  = t2: ready, 0 attempts, 0 of 5 failures
  = t3: ready, 0 attempts, 0 of 5 failures
  = t4: ready, 0 attempts, 0 of 5 failures
  = t5: ready, 0 attempts, 0 of 5 failures
  = t6: ready, 0 attempts, 0 of 5 failures
  = t7: ready, 0 attempts, 0 of 5 failures
  = t8: ready, 0 attempts, 0 of 5 failures
