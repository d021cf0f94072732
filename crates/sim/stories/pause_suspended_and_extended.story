# While the attempt's clock stands, an extension lengthens what is left on it.
worker w1
  -> opened w1
  * w1: opened
submit t1 timeout=10s
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1 until +10s
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
sleep 9s
pause t1
  -> asked
  * t1: held
  ! t1: pause by +39s #1 at w1
suspended t1
  -> done
  * t1: suspended
extend t1 for=30s
  -> extended, without a deadline
  * t1: extended
sleep 1h
resume t1
  -> done
  * t1: resumed
  ! t1: go on #1 at w1
show t1
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1, times out +3639s
extend t1 for=5s
  -> extended until +3639s
extend t1 for=40s
  -> extended until +3649s
  * t1: extended until +3649s
show t1
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1, times out +3649s
submit t2
  -> t2: submitted
  * t2: submitted, ready
worker w2
  -> opened w2
  * w2: opened
grant t2 to=w2
  -> t2: granted #1
  * t2: leased #1 to w2, attempt 1
  ! t2: offer #1 at w2
extend t2 for=1m
  -> extended, without a deadline
