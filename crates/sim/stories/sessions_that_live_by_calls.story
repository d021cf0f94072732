# A session that lives by calls opens with its first lease and closes with its last.
submit t1..t3
  -> t1..t3: submitted
  * default/default: created
  * t1..t3: submitted, ready
entry
calls w1 slots=2
grant t1 to=w1
grant t2 to=w1
end
  -> OpenWorker: opened w1
  -> t1..t2: granted #1
  * w1: opened
  * t1..t2: leased #1 to w1, attempt 1
  ! t1..t2: offer #1 at w1
complete t1
  -> done
  * t1: ended succeeded #1
show workers
  = w1: 1/2 slots
cancel t2
  -> done
  * t2: ended cancelled #1, asked
  ! t2: stop #1 at w1
complete t2
  -> refused: StaleToken
show workers
  = w1: 1/2 slots
stopped t2
  -> done
  * t2: stopped #1
  * w1: closed
show workers
  = none
complete t1
  -> already accepted
grant t3 to=w1
  -> refused: WorkerNotFound
calls w2
  -> opened w2
  * w2: opened
grant t3 to=w2
  -> t3: granted #1
  * t3: leased #1 to w2, attempt 1
  ! t3: offer #1 at w2
release t3
  -> done
  * t3: returned #1: Released
  * w2: closed
show workers
  = none
calls w3
  -> opened w3
  * w3: opened
grant t3 to=w3
  -> t3: granted #2
  * t3: leased #2 to w3, attempt 2
  ! t3: offer #2 at w3
recall t3
  -> done
  * t3: returned #2: Recalled
  * w3: closed
show workers
  = none
calls w4
  -> opened w4
  * w4: opened
grant t3 to=w4
  -> t3: granted #3
  * t3: leased #3 to w4, attempt 3
  ! t3: offer #3 at w4
expire w4 charged
  -> done
  * w4: expired, charged
  * t3: retrying #3: WorkerCrashed, ready at +0.937s
tick
show workers
  = none
