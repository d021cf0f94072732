# A worker that closes gives back what it holds, at once fenced, without charge.
worker w1 slots=2
  -> opened w1
  * w1: opened
submit t1..t2
  -> t1..t2: submitted
  * default/default: created
  * t1..t2: submitted, ready
assign
  -> t1..t2: granted #1
  * t1..t2: leased #1 to w1, attempt 1
  ! t1..t2: offer #1 at w1
entry
close-worker w1
complete t1
end
  -> CloseWorker: done
  -> Complete: refused: StaleToken
  * w1: closed
  * t1..t2: returned #1: WorkerClosed
show tasks
  = t1: ready, 1 attempts, 0 of 5 failures
  = t2: ready, 1 attempts, 0 of 5 failures
show workers
  = none
close-worker w1
  -> refused: WorkerNotFound
drain w1
  -> refused: WorkerNotFound
resume-worker w1
  -> refused: WorkerNotFound
grant t1 to=w1
  -> refused: WorkerNotFound
