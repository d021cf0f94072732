# A request of a client session is executed once and answered alike ever after, across leaders and restarts.
worker w1
  -> opened w1
  * w1: opened
open-client c1
  -> opened c1
  * c1: opened
submit t1 client=c1 seq=0
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
again
  -> t1: submitted (as said before)
leader skew=-5s
  = nothing to order
again
  -> t1: submitted (as said before)
restart
  = the same state
again
  -> t1: submitted (as said before)
replay 4
  -> t1: submitted (as said before)
grant t1 to=w1 client=c1 seq=1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
again
  -> t1: granted #1 (as said before)
complete t1 client=c1 seq=2
  -> done
  * t1: ended succeeded #1
replay 1
  -> done (as said before)
cancel t1 client=c1 seq=3
  -> refused: TaskEnded(Succeeded)
again
  -> refused: TaskEnded(Succeeded) (as said before)
# The same number with another command is still the same request.
submit t2 client=c1 seq=3
  -> refused: TaskEnded(Succeeded) (as said before)
show tasks
  = none
# Gaps may be filled later.
submit t3 client=c1 seq=7
  -> t3: submitted
  * t3: submitted, ready
submit t4 client=c1 seq=5
  -> t4: submitted
  * t4: submitted, ready
replay 2
  -> t3: submitted (as said before)
