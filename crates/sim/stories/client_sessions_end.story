# A request of a session that is gone is answered that nobody knows, and is not executed.
open-client c1
  -> opened c1
  * c1: opened
open-client c2
  -> opened c2
  * c2: opened
submit t1 client=c1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
expire-client c1 stale
  -> refused: ClientInUse
expire-client c1
  -> done
  * c1: expired
submit t1 client=c1 seq=0
  -> refused: OutcomeUnknown
submit t2 client=c1 seq=1
  -> refused: OutcomeUnknown
expire-client c1
  -> refused: ClientNotFound
close-client c1
  -> refused: ClientNotFound
close-client c2
  -> done
  * c2: closed
close-client c2
  -> refused: ClientNotFound
submit t3 client=c9
  -> refused: OutcomeUnknown
show tasks
  = t1: ready, 0 attempts, 0 of 5 failures
# A session may close itself, with its last request.
open-client c3
  -> opened c3
  * c3: opened
submit t4 client=c3
  -> t4: submitted
  * t4: submitted, ready
close-client c3 client=c3
  -> done
  * c3: closed
again
  -> refused: OutcomeUnknown
