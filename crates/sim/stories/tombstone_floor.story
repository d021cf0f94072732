# The floor rises only with tombstones that go: what was read above it is trusted, what was read below is not.
worker w1
  -> opened w1
  * w1: opened
submit t1..t2
  -> t1..t2: submitted
  * default/default: created
  * t1..t2: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
fail t1 error=Bad
  -> done
  * t1: ended failed #1
sleep 4m
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
fail t2 error=Bad
  -> done
  * t2: ended failed #1
sleep 1m
tick
read r1 t1
  = Failed in generation 0, 1 attempts
show t1
  = t1: not known
show t2
  = t2: ended failed, generation 0
sleep 1m
tick
read r2 t1
  = Failed in generation 0, 1 attempts
sleep 3m
sleep 1s
tick
show t2
  = t2: not known
retry t1 from=r1
  -> done
  * t1: retried, generation 1
retry t1 from=r2
  -> refused: TaskNotEnded
retry t2
  -> done
  * t2: retried, generation 1
