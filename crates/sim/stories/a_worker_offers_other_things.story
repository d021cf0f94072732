# A worker that offers less keeps what it has, and gets nothing that does not fit any more.
worker w1 slots=3 kinds=echo,shell res.gpu=2
  -> opened w1
  * w1: opened
submit t1..t3 res.gpu=1
  -> t1..t3: submitted
  * default/default: created
  * t1..t3: submitted, ready
submit t4 kind=shell
  -> t4: submitted
  * t4: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
resume-worker w1 slots=1 kinds=echo res.gpu=1
  -> done
  * w1: resumed
show workers
  = w1: 2/1 slots
grant t3 to=w1
  -> refused: NoSlot
grant t4 to=w1
  -> refused: KindNotOffered
complete t1
  -> done
  * t1: ended succeeded #1
grant t3 to=w1
  -> refused: NoSlot
complete t2
  -> done
  * t2: ended succeeded #1
grant t3 to=w1
  -> t3: granted #1
  * t3: leased #1 to w1, attempt 1
  ! t3: offer #1 at w1
restart
  = the same state
resume-worker w1 slots=9 kinds=echo,shell res.gpu=9
  -> done
  * w1: resumed
grant t4 to=w1
  -> t4: granted #1
  * t4: leased #1 to w1, attempt 1
  ! t4: offer #1 at w1
resume-worker w1 slots=0
  -> refused: OutOfBounds(Slots)
