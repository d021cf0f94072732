# A key lives until its lifetime is over and its last task has ended an hour ago, whatever comes later.
worker w1 slots=2
  -> opened w1
  * w1: opened
submit t1..t2 key=abc hash=1 lifetime=1m
  -> t1..t2: submitted
  * default/default: created
  * t1..t2: submitted, ready
submit t3 key=def hash=1 lifetime=3h
  -> t3: submitted
  * t3: submitted, ready
sleep 2m
submit t1..t2 key=abc hash=2
  -> refused: KeyMismatch
assign
  -> t1..t2: granted #1
  * t1..t2: leased #1 to w1, attempt 1
  ! t1..t2: offer #1 at w1
complete t1
  -> done
  * t1: ended succeeded #1
sleep 2h
submit t1..t2 key=abc hash=2
  -> refused: KeyMismatch
assign
  -> t3: granted #1
  * t3: leased #1 to w1, attempt 1
  ! t3: offer #1 at w1
complete t2
  -> done
  * t2: ended succeeded #1
complete t3
  -> done
  * t3: ended succeeded #1
sleep 59m
sleep 59s
submit t1..t2 key=abc hash=2
  -> refused: KeyMismatch
submit t3 key=def hash=2
  -> refused: KeyMismatch
sleep 1s
submit t4 key=abc hash=2
  -> t4: submitted
  * t4: submitted, ready
submit t3 key=def hash=2
  -> t3: submitted
  * t3: submitted, ready
submit t4 key=abc hash=2
  -> t4: existing
submit t4 key=abc hash=1
  -> refused: KeyMismatch
