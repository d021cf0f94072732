# What refers to something in the same entry that was refused, or is nothing new, is refused too.
worker w1
  -> opened w1
  * w1: opened
submit t1 key=abc hash=1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
entry
submit t2 key=abc hash=1
grant t2 to=w1
cancel t2
end
  -> t1: existing
  -> Grant: refused: BrokenReference
  -> Cancel: refused: BrokenReference
entry
submit t3 key=abc hash=2
grant t3 to=w1
submit t4 after=t3
submit t5 parent=t3
grant t4 to=w1
end
  -> Submit: refused: KeyMismatch
  -> Grant: refused: BrokenReference
  -> Submit: refused: BrokenReference (2 times)
  -> Grant: refused: BrokenReference
entry
worker w2 slots=0
grant t1 to=w2
close-worker w2
end
  -> OpenWorker: refused: OutOfBounds(Slots)
  -> Grant: refused: BrokenReference
  -> CloseWorker: refused: BrokenReference
entry
grant t6 to=w1
submit t6
grant t6 to=w1
end
  -> Grant: refused: ForwardReference
  -> t6: submitted
  -> t6: granted #1
  * t6: submitted, ready
  * t6: leased #1 to w1, attempt 1
  ! t6: offer #1 at w1
show tasks
  = t1: ready, 0 attempts, 0 of 5 failures
  = t6: leased, 1 attempts, 0 of 5 failures, #1 at w1
