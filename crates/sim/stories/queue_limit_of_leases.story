# A queue's limit of leases counts draining ones until their workers confirm, and not those of the dead.
worker w1 slots=3
  -> opened w1
  * w1: opened
worker w2 slots=3
  -> opened w2
  * w2: opened
create-queue queue=mail max-leased=2
  -> done
  * default/mail: created
submit t1..t5 queue=mail
  -> t1..t5: submitted
  * t1..t5: submitted, ready
assign
  -> t1..t2: granted #1
  * t1: leased #1 to w1, attempt 1
  * t2: leased #1 to w2, attempt 1
  ! t1: offer #1 at w1
  ! t2: offer #1 at w2
grant t3 to=w2
  -> refused: QueueSaturated
cancel t1
  -> done
  * t1: ended cancelled #1, asked
  ! t1: stop #1 at w1
grant t3 to=w2
  -> refused: QueueSaturated
stopped t1
  -> done
  * t1: stopped #1
grant t3 to=w2
  -> t3: granted #1
  * t3: leased #1 to w2, attempt 1
  ! t3: offer #1 at w2
expire w2
  -> done
  * w2: expired, not charged
  * t3: returned #1: WorkerLost
  * t2: returned #1: WorkerLost
grant t4 to=w1
  -> t4: granted #1
  * t4: leased #1 to w1, attempt 1
  ! t4: offer #1 at w1
configure-queue queue=mail max-leased=1
  -> done
  * default/mail: configured
grant t5 to=w1
  -> refused: QueueSaturated
show queues
  = default/mail: 4 live, 1 leased
configure-queue queue=mail
  -> done
  * default/mail: configured
grant t5 to=w1
  -> t5: granted #1
  * t5: leased #1 to w1, attempt 1
  ! t5: offer #1 at w1
show queues
  = default/mail: 4 live, 2 leased
