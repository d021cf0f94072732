# A refusal that says "ask again" takes no sequence: the same request may be proposed again and then succeed.
open-client c1
  -> opened c1
  * c1: opened
create-queue queue=small max-live=1
  -> done
  * default/small: created
submit t1 queue=small must-start-by=10s
  -> t1: submitted
  * t1: submitted, ready
sleep 10s
sweep 0
submit t2 queue=small client=c1 seq=0
  -> refused: Backlog
sweep 1000
again
  -> t2: submitted
  * t1: ended expired
  * t2: submitted, ready
again
  -> t2: submitted (as said before)
submit t3 means=stale client=c1 seq=1
  -> refused: StaleName
submit t3 client=c1 seq=1
  -> t3: submitted
  * default/default: created
  * t3: submitted, ready
under law=9
knows 9
submit t4 client=c1 seq=2
  -> refused: LawDiffers
under
submit t4 client=c1 seq=2
  -> t4: submitted
  * t4: submitted, ready
# A refusal that says no is remembered.
submit t5 queue=small client=c1 seq=3
  -> refused: QueueFull
configure-queue queue=small
  -> done
  * default/small: configured
again
  -> done
  * default/small: configured
