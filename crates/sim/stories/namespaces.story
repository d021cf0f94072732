# Namespaces keep queues apart; a strict one wants them created, and only an empty one is deleted.
create-namespace acme strict
  -> done
  * namespace acme: created
create-namespace acme
  -> refused: NamespaceExists
create-namespace ""
  -> refused: BadName
create-namespace "bell\u{7}"
  -> refused: BadName
submit t1 ns=acme queue=mail
  -> refused: QueueForbidden
create-queue ns=acme queue=mail
  -> done
  * acme/mail: created
submit t1 ns=acme queue=mail
  -> t1: submitted
  * t1: submitted, ready
submit t2 ns=none
  -> refused: NamespaceNotFound
configure-namespace acme
  -> done
  * namespace acme: configured
submit t3 ns=acme queue=other
  -> t3: submitted
  * acme/other: created
  * t3: submitted, ready
configure-namespace none
  -> refused: NamespaceNotFound
delete-namespace acme
  -> refused: NamespaceNotEmpty
cancel t1
  -> done
  * t1: ended cancelled, asked
cancel t3
  -> done
  * t3: ended cancelled, asked
delete-queue ns=acme queue=mail
  -> done
  * queue 0: deleted
delete-queue ns=acme queue=other
  -> done
  * queue 1: deleted
restart
  = the same state
delete-namespace acme
  -> done
  * namespace 1: deleted
delete-namespace acme
  -> refused: NamespaceNotFound
delete-namespace default
  -> refused: NamespaceFixed
show queues
  = none
