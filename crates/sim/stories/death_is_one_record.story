# However small the sweep, the death of a session fences all its leases in the entry that says so.
sweep 1
worker w1 slots=5
  -> opened w1
  * w1: opened
worker w2 slots=5
  -> opened w2
  * w2: opened
submit t1..t5
  -> t1..t5: submitted
  * default/default: created
  * t1..t5: submitted, ready
assign
  -> t1..t5: granted #1
  * t1: leased #1 to w1, attempt 1
  * t2: leased #1 to w2, attempt 1
  * t3: leased #1 to w1, attempt 1
  * t4: leased #1 to w2, attempt 1
  * t5: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
  ! t2: offer #1 at w2
  ! t3: offer #1 at w1
  ! t4: offer #1 at w2
  ! t5: offer #1 at w1
entry
expire w1
complete t3
grant t3 to=w2
grant t5 to=w2
complete t5
stopped t1
end
  -> ExpireWorker: done
  -> Complete: refused: StaleToken
  -> t3: granted #2
  -> t5: granted #2
  -> Complete: refused: StaleToken
  -> Stopped: refused: NotDraining
  * w1: expired, not charged
  * t3: returned #1: WorkerLost
  * t3: leased #2 to w2, attempt 2
  * t5: returned #1: WorkerLost
  * t5: leased #2 to w2, attempt 2
  * t1: returned #1: WorkerLost
  ! t3: offer #2 at w2
  ! t5: offer #2 at w2
show workers
  = w2: 4/5 slots
show tasks
  = t1: ready, 1 attempts, 0 of 5 failures
  = t2: leased, 1 attempts, 0 of 5 failures, #1 at w2
  = t3: leased, 2 attempts, 0 of 5 failures, #2 at w2
  = t4: leased, 1 attempts, 0 of 5 failures, #1 at w2
  = t5: leased, 2 attempts, 0 of 5 failures, #2 at w2
each n=1..6 tick
show workers
  = w2: 4/5 slots
show tasks
  = t1: ready, 1 attempts, 0 of 5 failures
  = t2: leased, 1 attempts, 0 of 5 failures, #1 at w2
  = t3: leased, 2 attempts, 0 of 5 failures, #2 at w2
  = t4: leased, 1 attempts, 0 of 5 failures, #1 at w2
  = t5: leased, 2 attempts, 0 of 5 failures, #2 at w2
