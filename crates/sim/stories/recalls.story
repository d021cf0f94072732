# An offer that nobody answered goes back to the head, four times; the fifth counts as a crash.
worker w1
  -> opened w1
  * w1: opened
submit t1..t2
  -> t1..t2: submitted
  * default/default: created
  * t1..t2: submitted, ready
each n=1..4 grant t1 to=w1
  -> t1: granted #1
  -> refused: TaskNotReady(Leased) (3 times)
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
grant t1 to=w1
  -> refused: TaskNotReady(Leased)
recall t1
  -> done
  * t1: returned #1: Recalled
recall t1
  -> refused: StaleToken
grant t1 to=w1
  -> t1: granted #2
  * t1: leased #2 to w1, attempt 2
  ! t1: offer #2 at w1
recall t1
  -> done
  * t1: returned #2: Recalled
grant t1 to=w1
  -> t1: granted #3
  * t1: leased #3 to w1, attempt 3
  ! t1: offer #3 at w1
recall t1
  -> done
  * t1: returned #3: Recalled
grant t1 to=w1
  -> t1: granted #4
  * t1: leased #4 to w1, attempt 4
  ! t1: offer #4 at w1
recall t1
  -> done
  * t1: returned #4: Recalled
show t1
  = t1: ready, 4 attempts, 0 of 5 failures
show lanes
  = default/default of echo: 2 ready, first t1 at priority 0
grant t1 to=w1
  -> t1: granted #5
  * t1: leased #5 to w1, attempt 5
  ! t1: offer #5 at w1
recall t1
  -> retrying at +0.784s
  * t1: retrying #5: Recalled, ready at +0.784s
show t1
  = t1: backoff, until +0.784s, 5 attempts, 0 of 5 failures, 1 crashes
sleep 1s
grant t1 to=w1
  -> t1: granted #6
  * t1: ready
  * t1: leased #6 to w1, attempt 6
  ! t1: offer #6 at w1
recall t1
  -> done
  * t1: returned #6: Recalled
show t1
  = t1: ready, 6 attempts, 0 of 5 failures, 1 crashes
