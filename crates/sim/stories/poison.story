# A task that takes down five sessions is dead, and the sessions stand in its record.
submit t1 retry=100,1s,100%,1s
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
each n=1..4 worker w{n}
  -> opened w1
  -> opened w2
  -> opened w3
  -> opened w4
  * w1: opened
  * w2: opened
  * w3: opened
  * w4: opened
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
expire w1 charged
  -> done
  * w1: expired, charged
  * t1: retrying #1: WorkerCrashed, ready at +0.947s
sleep 2s
tick
  * t1: ready
grant t1 to=w2
  -> t1: granted #2
  * t1: leased #2 to w2, attempt 2
  ! t1: offer #2 at w2
expire w2 charged
  -> done
  * w2: expired, charged
  * t1: retrying #2: WorkerCrashed, ready at +2.816s
sleep 2s
grant t1 to=w3
  -> t1: granted #3
  * t1: ready
  * t1: leased #3 to w3, attempt 3
  ! t1: offer #3 at w3
expire w3 charged
  -> done
  * w3: expired, charged
  * t1: retrying #3: WorkerCrashed, ready at +4.959s
sleep 2s
grant t1 to=w4
  -> t1: granted #4
  * t1: ready
  * t1: leased #4 to w4, attempt 4
  ! t1: offer #4 at w4
expire w4 charged
  -> done
  * w4: expired, charged
  * t1: retrying #4: WorkerCrashed, ready at +6.804s
show t1
  = t1: backoff, until +6.804s, 4 attempts, 0 of 100 failures, 4 crashes w1 w2 w3 w4
worker w5
  -> opened w5
  * w5: opened
sleep 2s
grant t1 to=w5
  -> t1: granted #5
  * t1: ready
  * t1: leased #5 to w5, attempt 5
  ! t1: offer #5 at w5
restart
  = the same state
expire w5 charged
  -> done
  * w5: expired, charged
  * t1: ended dead #5
tick
show t1
  = t1: dead, 5 attempts, 0 of 100 failures, 5 crashes w1 w2 w3 w4 w5
# A user may try again, and crashes count from nothing.
retry t1
  -> done
  * t1: retried, generation 1
show t1
  = t1: ready, generation 1, 5 attempts, 0 of 100 failures
