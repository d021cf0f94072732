# An update of a waiting task holds at once: another priority, another class, another time.
worker w1 kinds=echo
  -> opened w1
  * w1: opened
worker w2 kinds=shell
  -> opened w2
  * w2: opened
submit t1 + t2 + t3
  -> t1..t3: submitted
  * default/default: created
  * t1..t3: submitted, ready
update t2 priority=9
  -> done
  * t2: update 1
show lanes
  = default/default of echo: 3 ready, first t2 at priority 9
update t1 kind=shell
  -> done
  * t1: update 1
grant t1 to=w1
  -> refused: KindNotOffered
grant t1 to=w2
  -> t1: granted #1
  * t1: leased #1 to w2, attempt 1
  ! t1: offer #1 at w2
update t3 not-before=10s payload="other"
  -> done
  * t3: update 1
  * t3: scheduled until +10s
show t3
  = t3: scheduled, until +10s, 0 attempts, 0 of 5 failures
update t3 not-before=20s
  -> done
  * t3: update 2
  * t3: scheduled until +20s
sleep 10s
tick
update t3 not-before=none
  -> done
  * t3: update 3
  * t3: ready
show t3
  = t3: ready, 0 attempts, 0 of 5 failures
update t3 must-start-by=5s timeout=3s
  -> done
  * t3: update 4
update t3 must-start-by=none
  -> done
  * t3: update 5
sleep 5s
tick
grant t3 to=w1
  -> t3: granted #1 until +18s
  * t3: leased #1 to w1, attempt 1
  ! t3: offer #1 at w1
show t3
  = t3: leased, 1 attempts, 0 of 5 failures, #1 at w1, times out +18s
update t3 timeout=none
  -> asked
  * t3: update 6
  ! t3: update 6 #1 at w1
complete t3
  -> done
  * t3: ended succeeded #1
update t3 priority=1
  -> refused: TaskEnded(Succeeded)
update t9 priority=1
  -> refused: TaskNotFound
