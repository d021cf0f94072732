# A completed task cannot be cancelled, however often it is asked.
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
cancel t1
  -> refused: TaskEnded(Succeeded)
cancel t1 grace=5s
  -> refused: TaskEnded(Succeeded)
show t1
  = t1: ended succeeded, generation 0
