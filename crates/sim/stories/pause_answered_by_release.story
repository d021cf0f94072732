# Asked to pause, a holder gives the task back: no attempt is charged, and it waits, held.
worker w1
  -> opened w1
  * w1: opened
submit t1 timeout=1m
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1 until +60s
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
pause t1 grace=10s
  -> asked
  * t1: held
  ! t1: pause by +10s #1 at w1
show t1
  = t1: leased, held, 1 attempts, 0 of 5 failures, #1 at w1, times out +60s, pause by +10s
checkpoint t1 body="so far"
  -> done
  * t1: checkpointed
release t1
  -> done
  * t1: returned #1: Released
show t1
  = t1: ready, held, 1 attempts, 0 of 5 failures
grant t1 to=w1
  -> refused: TaskHeld
resume t1
  -> done
  * t1: resumed
grant t1 to=w1
  -> t1: granted #2 until +60s
  * t1: leased #2 to w1, attempt 2
  ! t1: offer #2 at w1
complete t1
  -> done
  * t1: ended succeeded #2
