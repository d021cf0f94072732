# A retried task needs room in its queue like a new one, and is not retried while writes are stopped.
worker w1
  -> opened w1
  * w1: opened
create-queue queue=small max-live=1
  -> done
  * default/small: created
submit t1 queue=small
  -> t1: submitted
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
fail t1 error=Bad
  -> done
  * t1: ended failed #1
submit t2 queue=small
  -> t2: submitted
  * t2: submitted, ready
retry t1
  -> refused: QueueFull
cancel t2
  -> done
  * t2: ended cancelled, asked
alarm no-space node=1
  -> done
  * alarm NoSpace of node 1: set
retry t1
  -> refused: WritesStopped
clear-alarm no-space node=1
  -> done
  * alarm NoSpace of node 1: cleared
retry t1
  -> done
  * t1: retried, generation 1
show t1
  = t1: ready, generation 1, 1 attempts, 0 of 5 failures
retry t1
  -> refused: TaskNotEnded
