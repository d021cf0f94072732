# Nothing can depend on a task that was forgotten or never was.
worker w1
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
complete t1
  -> done
  * t1: ended succeeded #1
read r1 t1
  = Succeeded in generation 0, 1 attempts
forget t1
  -> done
  * t1: forgotten
show t1
  = t1: forgotten
submit t2 after=t1
  -> refused: TaskNotFound
submit t2 after=t1@r1
  -> refused: TaskNotFound
submit t2 after=t77
  -> refused: TaskNotFound
forget t1
  -> refused: TaskNotFound
forget t77
  -> refused: TaskNotFound
