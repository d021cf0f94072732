# A draining worker gets nothing new and finishes what it has; resumed, it takes work again.
worker w1 slots=2
  -> opened w1
  * w1: opened
submit t1..t3
  -> t1..t3: submitted
  * default/default: created
  * t1..t3: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
drain w1
  -> done
  * w1: draining
drain w1
  -> done
grant t2 to=w1
  -> refused: WorkerDraining
assign
complete t1
  -> done
  * t1: ended succeeded #1
resume-worker w1
  -> done
  * w1: resumed
assign
  -> t2..t3: granted #1
  * t2..t3: leased #1 to w1, attempt 1
  ! t2..t3: offer #1 at w1
show workers
  = w1: 2/2 slots
