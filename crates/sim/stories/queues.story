# Queues are created, configured and deleted; one with tasks or leases stays, and a number is not mistaken for another.
worker w1
  -> opened w1
  * w1: opened
create-queue queue=mail max-leased=1
  -> done
  * default/mail: created
create-queue queue=mail
  -> refused: QueueExists
create-queue queue=mail ns=none
  -> refused: NamespaceNotFound
create-queue queue=""
  -> refused: BadName
create-queue queue=q*129
  -> refused: BadName
create-queue queue=zero max-live=0
  -> refused: OutOfBounds(Limit)
configure-queue queue=mail max-leased=0
  -> refused: OutOfBounds(Limit)
configure-queue queue=none
  -> refused: QueueNotFound
submit t1 queue=mail
  -> t1: submitted
  * t1: submitted, ready
delete-queue queue=mail
  -> refused: QueueNotEmpty
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
cancel t1
  -> done
  * t1: ended cancelled #1, asked
  ! t1: stop #1 at w1
delete-queue queue=mail
  -> refused: QueueNotEmpty
stopped t1
  -> done
  * t1: stopped #1
submit t2 queue=mail must-start-by=1s
  -> t2: submitted
  * t2: submitted, ready
sleep 1s
sweep 0
delete-queue queue=mail
  -> refused: Backlog
sweep 1000
delete-queue queue=mail
  -> done
  * t2: ended expired
  * queue 0: deleted
delete-queue queue=mail
  -> refused: QueueNotFound
entry
create-queue queue=mail
submit t3 queue=mail means=known
end
  -> CreateQueue: done
  -> t3: submitted
  * default/mail: created
  * t3: submitted, ready
submit t4 queue=mail means=known
  -> t4: submitted
  * t4: submitted, ready
entry
cancel t3
cancel t4
delete-queue queue=mail
create-queue queue=other
submit t5 queue=mail means=known
end
  -> Cancel: done (2 times)
  -> DeleteQueue: done
  -> CreateQueue: done
  -> Submit: refused: StaleName
  * t3..t4: ended cancelled, asked
  * default/other: deleted
  * default/other: created
submit t6 means=stale
  -> refused: StaleName
show queues
  = default/other: 0 live, 0 leased
