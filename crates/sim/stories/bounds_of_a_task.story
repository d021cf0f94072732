# A submit is refused for each part of it that is out of bounds, and nothing of it happens.
submit
  -> refused: OutOfBounds(Tasks)
submit t1 label.b=1 label.a=2
  -> refused: OutOfBounds(Labels)
submit t1 label.k<01..33>=x
  -> refused: OutOfBounds(Labels)
submit t1 label.a=x*257
  -> refused: OutOfBounds(Labels)
submit t1 need.a=x*257
  -> refused: OutOfBounds(Selector)
submit t1 has.k<01..17>
  -> refused: OutOfBounds(Selector)
submit t1 also=k<1..9>
  -> refused: OutOfBounds(Kinds)
submit t1 millicpu=1125899906842625
  -> refused: OutOfBounds(Resources)
submit t1 memory=1125899906842625
  -> refused: OutOfBounds(Resources)
submit t1 res.r<01..17>=1
  -> refused: OutOfBounds(Resources)
submit t1 res.a=1 res.a=2
  -> refused: OutOfBounds(Resources)
submit t1 content=type:x*257
  -> refused: OutOfBounds(ContentType)
submit t1 payload=!missing
  -> refused: OutOfBounds(Body)
submit t1 payload=!torn:abc
  -> refused: OutOfBounds(Body)
submit t1 trace=x*513
  -> refused: OutOfBounds(Trace)
submit t1 retry=0,1s,200%,1m
  -> refused: OutOfBounds(Retry)
submit t1 retry=10001,1s,200%,1m
  -> refused: OutOfBounds(Retry)
submit t1 retry=3,9ms,200%,1m
  -> refused: OutOfBounds(Retry)
submit t1 retry=3,2m,200%,1m
  -> refused: OutOfBounds(Retry)
submit t1 retry=3,1s,99%,1m
  -> refused: OutOfBounds(Retry)
submit t1 retry=3,1s,10001%,1m
  -> refused: OutOfBounds(Retry)
submit t1 retry=3,1s,200%,3651d
  -> refused: OutOfBounds(Retry)
submit t1 not-before=@16725225600001
  -> refused: OutOfBounds(NotBefore)
submit t1 must-start-by=@16725225600001
  -> refused: OutOfBounds(MustStartBy)
submit t1 timeout=0ms
  -> refused: OutOfBounds(AttemptTimeout)
submit t1 timeout=3651d
  -> refused: OutOfBounds(AttemptTimeout)
submit t1 retention=0ms
  -> refused: OutOfBounds(Retention)
submit t1 + t2 timeout=0ms
  -> refused: OutOfBounds(AttemptTimeout)
submit t1..t10001
  -> refused: OutOfBounds(Tasks)
show tasks
  = none
submit t1 label.k<01..32>=x*256 has.k<01..16> also=k<1..8> res.r<01..16>=1 content=type:x*256 trace=x*512 retention=3650d
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 retry=10000,10ms,10000%,3650d timeout=3650d not-before=@16725225600000 must-start-by=@16725225600000 millicpu=1125899906842624
  -> t2: submitted
  * t2: submitted, scheduled
show tasks
  = t1: ready, 0 attempts, 0 of 5 failures
  = t2: scheduled, until +15025225600s, 0 attempts, 0 of 10000 failures
# What every description repeats in words is short: the requirements together, and who asks.
submit t3 need.a=x*256,y*256,z*256,u*256 need.b=x*256,y*256,z*256,u*256
  -> refused: OutOfBounds(Requirements)
submit t4 as=subject:a*257
  -> refused: OutOfBounds(Subject)
