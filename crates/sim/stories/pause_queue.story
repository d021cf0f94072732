# A paused queue grants nothing; what runs goes on, and what is submitted waits.
worker w1 slots=3
  -> opened w1
  * w1: opened
submit t1..t2 queue=mail
  -> t1..t2: submitted
  * default/mail: created
  * t1..t2: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
pause-queue queue=mail
  -> done
  * default/mail: paused
pause-queue queue=mail
  -> done
grant t2 to=w1
  -> refused: QueuePaused
assign
submit t3 queue=mail
  -> t3: submitted
  * t3: submitted, ready
complete t1
  -> done
  * t1: ended succeeded #1
show queues
  = default/mail: 2 live, 0 leased, paused
resume-queue queue=mail
  -> done
  * default/mail: resumed
resume-queue queue=mail
  -> done
assign
  -> t2..t3: granted #1
  * t2..t3: leased #1 to w1, attempt 1
  ! t2..t3: offer #1 at w1
pause-queue queue=none
  -> refused: QueueNotFound
resume-queue queue=none
  -> refused: QueueNotFound
pause-queue queue=mail ns=none
  -> refused: NamespaceNotFound
