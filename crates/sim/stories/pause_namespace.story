# A paused namespace grants nothing from any of its queues; others are not touched.
worker w1 slots=4
  -> opened w1
  * w1: opened
create-namespace acme
  -> done
  * namespace acme: created
submit t1 ns=acme queue=a + t2 ns=acme queue=b + t3
  -> t1..t3: submitted
  * default/default: created
  * acme/a: created
  * acme/b: created
  * t1..t3: submitted, ready
pause-namespace acme
  -> done
  * namespace acme: paused
pause-namespace acme
  -> done
assign
  -> t3: granted #1
  * t3: leased #1 to w1, attempt 1
  ! t3: offer #1 at w1
grant t1 to=w1
  -> refused: NamespacePaused
restart
  = the same state
grant t2 to=w1
  -> refused: NamespacePaused
resume-namespace acme
  -> done
  * namespace acme: resumed
resume-namespace acme
  -> done
assign
  -> t1..t2: granted #1
  * t1..t2: leased #1 to w1, attempt 1
  ! t1..t2: offer #1 at w1
pause-namespace none
  -> refused: NamespaceNotFound
resume-namespace none
  -> refused: NamespaceNotFound
