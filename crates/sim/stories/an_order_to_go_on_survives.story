# A suspended holder that may go on learns of it from a new leader too.
worker w1
  -> opened w1
  * w1: opened
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
pause t1
  -> asked
  * t1: held
  ! t1: pause by +30s #1 at w1
suspended t1
  -> done
  * t1: suspended
leader
  ! t1: offer suspended #1 at w1
resume t1
  -> done
  * t1: resumed
  ! t1: go on #1 at w1
leader
  ! t1: offer #1 at w1
show t1
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1
