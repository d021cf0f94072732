# A dead task that is retried keeps its key alive again.
worker w1
  -> opened w1
  * w1: opened
submit t1 key=abc hash=1 lifetime=1m retry=1,1s,200%,1m
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
fail t1 retryable
  -> died
  * t1: ended dead #1
restart
  = the same state
sleep 30m
retry t1
  -> done
  * t1: retried, generation 1
sleep 2h
tick
submit t2 key=abc hash=2
  -> refused: KeyMismatch
grant t1 to=w1
  -> t1: granted #2
  * t1: leased #2 to w1, attempt 2
  ! t1: offer #2 at w1
complete t1
  -> done
  * t1: ended succeeded #2
sleep 1h
submit t2 key=abc hash=2
  -> t2: submitted
  * t2: submitted, ready
