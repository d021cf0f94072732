# Keys belong to the namespace of their request, and a namespace with remembered keys cannot be deleted.
create-namespace acme
  -> done
  * namespace acme: created
submit t1 ns=acme key=abc hash=1 lifetime=1m
  -> t1: submitted
  * acme/default: created
  * t1: submitted, ready
submit t2 key=abc hash=2
  -> t2: submitted
  * default/default: created
  * t2: submitted, ready
cancel t1
  -> done
  * t1: ended cancelled, asked
delete-queue ns=acme
  -> done
  * queue 0: deleted
delete-namespace acme
  -> refused: NamespaceNotEmpty
sleep 1h
delete-namespace acme
  -> refused: Backlog
delete-namespace acme
  -> done
  * namespace 1: deleted
submit t3 ns=acme key=abc
  -> refused: NamespaceNotFound
