# An update of a running task is told to its holder, who takes it over or refuses it.
worker w1
  -> opened w1
  * w1: opened
submit t1 timeout=1m
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1 until +60s
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
update t1 priority=5 payload="faster"
  -> asked
  * t1: update 1
  ! t1: update 1 #1 at w1
show t1
  = t1: leased, priority 5, 1 attempts, 0 of 5 failures, #1 at w1, times out +60s, update 1 unanswered
leader
  ! t1: offer #1 at w1
  ! t1: update 1 #1 at w1
answer t1 number=2
  -> refused: NoSuchUpdate
answer t1 number=1
  -> done
  * t1: update 1 accepted
answer t1 number=1
  -> refused: NoSuchUpdate
update t1 timeout=2m
  -> asked
  * t1: update 2
  ! t1: update 2 #1 at w1
update t1 timeout=3m
  -> asked
  * t1: update 3
  ! t1: update 3 #1 at w1
answer t1 number=2
  -> refused: NoSuchUpdate
answer t1 number=3 refused
  -> done
  * t1: update 3 refused
show t1
  = t1: leased, priority 5, 1 attempts, 0 of 5 failures, #1 at w1, times out +60s
restart
  = the same state
complete t1
  -> done
  * t1: ended succeeded #1
