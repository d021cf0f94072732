# One entry may carry many requests of a session, and the same request twice.
open-client c1
  -> opened c1
  * c1: opened
entry
submit t1 client=c1 seq=0
submit t1 client=c1 seq=0
submit t2 client=c1 seq=1
grant t2 to=w9 client=c1 seq=1
end
  -> t1: submitted
  -> t1..t2: submitted
  -> t2: submitted
  * default/default: created
  * t1..t2: submitted, ready
again
  -> t1: submitted (as said before)
  -> t1..t2: submitted (as said before)
  -> t2: submitted (as said before)
entry
open-client c2
submit t3 client=c2 seq=0
end
  -> OpenClient: opened c2
  -> t3: submitted
  * c2: opened
  * t3: submitted, ready
show tasks
  = t1: ready, 0 attempts, 0 of 5 failures
  = t2: ready, 0 attempts, 0 of 5 failures
  = t3: ready, 0 attempts, 0 of 5 failures
