# A failed task that left memory is retried on the strength of an archive read, once.
worker w1 kinds=shell
  -> opened w1
  * w1: opened
submit t1 kind=shell queue=mail priority=3 timeout=1m retry=2,1s,200%,1m
  -> t1: submitted
  * default/mail: created
  * t1: submitted, ready
update t1 priority=5
  -> done
  * t1: update 1
grant t1 to=w1
  -> t1: granted #1 until +60s
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
fail t1 error=Bad
  -> done
  * t1: ended failed #1
read r1 t1
  = Failed in generation 0, 1 attempts
retry t1 from=nothing
  -> refused: Reread
sleep 5m
tick
show t1
  = t1: not known
retry t1 from=nothing
  -> refused: TaskNotFound
retry t1 from=r1
  -> done
  * t1: retried, generation 1
read r2 t1
  = nothing in the archive
retry t1 from=r2
  -> refused: TaskNotEnded
show t1
  = t1: ready, priority 5, generation 1, 1 attempts, 0 of 2 failures
retry t1 from=r2
  -> refused: TaskNotEnded
grant t1 to=w1
  -> t1: granted #2 until +360s
  * t1: leased #2 to w1, attempt 2
  ! t1: offer #2 at w1
fail t1 error=Bad
  -> done
  * t1: ended failed #2
# A read of the former generation does not count.
retry t1 from=r2
  -> refused: Reread
read r3 t1 generation=7
  = Failed in generation 7, 2 attempts
retry t1 from=r3
  -> refused: Reread
retry t1
  -> done
  * t1: retried, generation 2
restart
  = the same state
show t1
  = t1: ready, priority 5, generation 2, 2 attempts, 0 of 2 failures
complete t1
  -> refused: StaleToken
grant t1 to=w1
  -> t1: granted #3 until +360s
  * t1: leased #3 to w1, attempt 3
  ! t1: offer #3 at w1
complete t1
  -> done
  * t1: ended succeeded #3
retry t1
  -> refused: NotRetryable(Succeeded)
read r4 t1
  = Succeeded in generation 2, 3 attempts
sleep 5m
tick
retry t1
  -> refused: NotRetryable(Succeeded)
read r5 t1 ending=failed
  = Failed in generation 2, 3 attempts
retry t1 from=r5
  -> done
  * t1: retried, generation 3
retry t77
  -> refused: TaskNotFound
