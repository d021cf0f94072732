# A worker session is refused for each part of it that is out of bounds.
worker w1 ttl=0ms
  -> refused: OutOfBounds(Ttl)
worker w1 ttl=3651d
  -> refused: OutOfBounds(Ttl)
worker w1 slots=0
  -> refused: OutOfBounds(Slots)
worker w1 slots=100001
  -> refused: OutOfBounds(Slots)
worker w1 kinds=k<1..1025>
  -> refused: OutOfBounds(Kinds)
worker w1 label.b=1 label.a=1
  -> refused: OutOfBounds(Labels)
worker w1 label.k<01..33>=1
  -> refused: OutOfBounds(Labels)
worker w1 label.a=x*257
  -> refused: OutOfBounds(Labels)
worker w1 res.b=1 res.a=1
  -> refused: OutOfBounds(Resources)
worker w1 millicpu=1125899906842625
  -> refused: OutOfBounds(Resources)
worker w1 kinds=k<1..1024> slots=100000 label.k<01..32>=x*256 res.r<01..16>=1 ttl=3650d
  -> opened w1
  * w1: opened
resume-worker w1 kinds=k<1..1025>
  -> refused: OutOfBounds(Kinds)
show workers
  = w1: 0/100000 slots
