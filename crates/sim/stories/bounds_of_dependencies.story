# A task waits for a thousand others at most, and stands under sixty-four ancestors at most.
submit t1..t1001
  -> t1..t1001: submitted
  * default/default: created
  * t1..t1001: submitted, ready
submit t2000 after=t1..t1001
  -> refused: OutOfBounds(Dependencies)
submit t2000 after=t1..t1000
  -> t2000: submitted
  * t2000: submitted, blocked
submit t3001
  -> t3001: submitted
  * t3001: submitted, ready
each n=3002..3066 submit t{n} parent=t{n-1}
  -> t3002..t3065: submitted
  -> refused: OutOfBounds(Ancestors)
  * t3002..t3065: submitted, ready
submit t4000 + t4001 parent=t3065
  -> refused: OutOfBounds(Ancestors)
submit t4000 parent=t3063 + t4001 parent=t4000 + t4002 parent=t4001
  -> refused: OutOfBounds(Ancestors)
submit t4000 parent=t3063 + t4001 parent=t4000
  -> t4000..t4001: submitted
  * t4000..t4001: submitted, ready
submit t4002 parent=t4001
  -> refused: OutOfBounds(Ancestors)
cancel t3001 children
  -> done
  * t3001: ended cancelled, asked
  * t3002: ended cancelled, with its parent t3001
  * ... and 64 alike ...
  * t4001: ended cancelled, with its parent t4000
tick
