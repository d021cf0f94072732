# Cancel is final at once: a completion that comes after it is refused, and the slot drains until the worker stops.
worker w1
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2
  -> t2: submitted
  * t2: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
cancel t1
  -> done
  * t1: ended cancelled #1, asked
  ! t1: stop #1 at w1
complete t1
  -> refused: StaleToken
fail t1 retryable
  -> refused: StaleToken
fail t1
  -> refused: StaleToken
release t1
  -> refused: StaleToken
show draining
  = t1 #1 at w1
show workers
  = w1: 1/1 slots
grant t2 to=w1
  -> refused: NoSlot
stopped t1
  -> done
  * t1: stopped #1
stopped t1
  -> refused: NotDraining
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
cancel t1
  -> refused: TaskEnded(Cancelled)
