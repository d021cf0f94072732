# A thousand tasks that did not start in time expire in bounded pieces; a late grant never reaches one of them.
submit t1..t1000 must-start-by=10s
  -> t1..t1000: submitted
  * default/default: created
  * t1..t1000: submitted, ready
submit t1001 after.finished=t1000
  -> t1001: submitted
  * t1001: submitted, blocked
worker w1
  -> opened w1
  * w1: opened
sleep 10s
sweep 10
grant t1000 to=w1
  -> refused: TaskEnded(Expired)
  * t1..t10: ended expired
  * t1000: ended expired
grant t500 to=w1
  -> refused: TaskEnded(Expired)
  * t11..t20: ended expired
  * t500: ended expired
sweep 10000
tick
  * t21..t499: ended expired
  * t501..t999: ended expired
  * t1001: ready
show tasks
  = t1001: ready, 0 attempts, 0 of 5 failures
