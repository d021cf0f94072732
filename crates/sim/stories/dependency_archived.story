# A dependency on a task that ended long ago goes by an archive read, which must be fresh.
worker w1
  -> opened w1
  * w1: opened
submit t1 + t2
  -> t1..t2: submitted
  * default/default: created
  * t1..t2: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
complete t1
  -> done
  * t1: ended succeeded #1
read r1 t1
  = Succeeded in generation 0, 1 attempts
cancel t2
  -> done
  * t2: ended cancelled, asked
read r2 t2
  = Cancelled in generation 0, 0 attempts
# The tombstones stand for five minutes.
submit t3 after=t1@nothing
  -> t3: submitted
  * t3: submitted, ready
sleep 5m
tick
show t1
  = t1: not known
submit t4 after=t1@nothing
  -> refused: TaskNotFound
submit t5 after=t1
  -> t5: submitted
  * t5: submitted, ready
submit t6 after.failed=t1 + t7 after=t2 + t8 after.finished=t2
  -> t6..t8: submitted
  * t6: submitted, ready
  * t6: ended cancelled, its dependency t1 is not met
  * t7: submitted, ready
  * t7: ended cancelled, its dependency t2 is not met
  * t8: submitted, ready
# A read from before the tombstones went may have missed something.
submit t9 after=t1@r1
  -> refused: Reread
submit t9 after=t9
  -> refused: ForwardReference
read r3 t1 at=999
  = Succeeded in generation 0, 1 attempts
submit t10 after=t1@r3
  -> refused: Reread
