# The charged death of a session counts as a crash of each task that it held; a late report is refused.
worker w1 slots=3
  -> opened w1
  * w1: opened
worker w2
  -> opened w2
  * w2: opened
submit t1..t3
  -> t1..t3: submitted
  * default/default: created
  * t1..t3: submitted, ready
assign most=3
  -> t1..t3: granted #1
  * t1..t3: leased #1 to w1, attempt 1
  ! t1..t3: offer #1 at w1
cancel t3
  -> done
  * t3: ended cancelled #1, asked
  ! t3: stop #1 at w1
expire w1 charged
  -> done
  * w1: expired, charged
  * t3: stopped #1
  * t2: retrying #1: WorkerCrashed, ready at +0.823s
  * t1: retrying #1: WorkerCrashed, ready at +0.863s
complete t1
  -> refused: StaleToken
show tasks
  = t1: backoff, until +0.863s, 1 attempts, 0 of 5 failures, 1 crashes w1
  = t2: backoff, until +0.823s, 1 attempts, 0 of 5 failures, 1 crashes w1
sleep 2s
assign
  * t2: ready
  * t1: ready
show tasks
  = t1: ready, 1 attempts, 0 of 5 failures, 1 crashes w1
  = t2: ready, 1 attempts, 0 of 5 failures, 1 crashes w1
complete t1
  -> refused: StaleToken
