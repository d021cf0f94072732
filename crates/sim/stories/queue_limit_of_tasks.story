# A queue's limit of live tasks counts all that have not ended, the dead included, and refuses a submit as a whole.
worker w1
  -> opened w1
  * w1: opened
create-queue queue=mail max-live=3
  -> done
  * default/mail: created
submit t1..t2 queue=mail retry=1,1s,200%,1m
  -> t1..t2: submitted
  * t1..t2: submitted, ready
submit t3..t4 queue=mail
  -> refused: QueueFull
submit t3 queue=mail + t4
  -> t3..t4: submitted
  * default/default: created
  * t3..t4: submitted, ready
submit t5 queue=mail
  -> refused: QueueFull
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
fail t1 retryable
  -> died
  * t1: ended dead #1
submit t5 queue=mail
  -> refused: QueueFull
forget t1
  -> done
  * t1: forgotten
submit t5 queue=mail
  -> t5: submitted
  * t5: submitted, ready
complete t1
  -> refused: StaleToken
configure-queue queue=mail max-live=1
  -> done
  * default/mail: configured
show queues
  = default/mail: 3 live, 0 leased
  = default/default: 1 live, 0 leased
