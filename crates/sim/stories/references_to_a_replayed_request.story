# A request that was executed before mints nothing in a later entry, so nothing there may refer to it.
worker w1
  -> opened w1
  * w1: opened
open-client c1
  -> opened c1
  * c1: opened
entry
submit t1 client=c1 seq=0
grant t1 to=w1
end
  -> t1: submitted
  -> t1: granted #1
  * default/default: created
  * t1: submitted, ready
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
again
  -> t1: submitted (as said before)
  -> Grant: refused: BrokenReference
show tasks
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1
