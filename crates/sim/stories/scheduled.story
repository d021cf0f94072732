# A task is not granted before its time, and an earliest start in the past is none.
worker w1
  -> opened w1
  * w1: opened
submit t1 not-before=10s
  -> t1: submitted
  * default/default: created
  * t1: submitted, scheduled
submit t2 not-before=-10s
  -> t2: submitted
  * t2: submitted, ready
submit t3 after=t2 not-before=5s + t4 after=t2 not-before=1m
  -> t3..t4: submitted
  * t3..t4: submitted, blocked
grant t1 to=w1
  -> refused: TaskNotReady(Scheduled)
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
complete t2
  -> done
  * t2: ended succeeded #1
  * t3: scheduled until +5s
  * t4: scheduled until +60s
sleep 10s
grant t1 to=w1
  -> t1: granted #1
  * t3: ready
  * t1: ready
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
show tasks
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1
  = t3: ready, 0 attempts, 0 of 5 failures
  = t4: scheduled, until +60s, 0 attempts, 0 of 5 failures
release t1
  -> done
  * t1: returned #1: Released
show t1
  = t1: ready, 1 attempts, 0 of 5 failures
submit t5 not-before=20s must-start-by=10s
  -> t5: submitted
  * t5: submitted, scheduled
sleep 10s
tick
  * t5: ended expired
show t5
  = t5: ended expired, generation 0
