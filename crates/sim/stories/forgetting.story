# A task is forgotten only when it has ended, once, and an archive read may be needed to say so.
worker w1
  -> opened w1
  * w1: opened
submit t1..t2
  -> t1..t2: submitted
  * default/default: created
  * t1..t2: submitted, ready
forget t1
  -> refused: TaskNotEnded
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
complete t1
  -> done
  * t1: ended succeeded #1
cancel t2
  -> done
  * t2: ended cancelled, asked
read r1 t2
  = Cancelled in generation 0, 0 attempts
forget t1
  -> done
  * t1: forgotten
complete t1
  -> refused: StaleToken
sleep 5m
tick
forget t2 from=nothing
  -> refused: TaskNotFound
forget t2 from=r1
  -> refused: Reread
read r2 t2
  = Cancelled in generation 0, 0 attempts
forget t2 from=r2
  -> done
  * t2: forgotten
forget t2 from=r2
  -> refused: TaskNotFound
sleep 5m
tick
forget t2 from=r2
  -> refused: Reread
retry t2 from=r2
  -> refused: Reread
