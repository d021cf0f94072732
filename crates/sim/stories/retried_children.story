# A task that was retried from the archive is its parent's child again.
worker w1 slots=9
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 parent=t1
  -> t2: submitted
  * t2: submitted, ready
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
fail t2
  -> done
  * t2: ended failed #1
retry t2
  -> done
  * t2: retried, generation 1
cancel t1 children
  -> done
  * t1: ended cancelled, asked
  * t2: ended cancelled, with its parent t1
sleep 1s
show t2
  = t2: ended cancelled, generation 1
