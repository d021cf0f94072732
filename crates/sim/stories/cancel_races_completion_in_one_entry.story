# In one entry the order of proposals decides the race, and both parties learn how it went.
worker w1 slots=2
  -> opened w1
  * w1: opened
submit t1..t2
  -> t1..t2: submitted
  * default/default: created
  * t1..t2: submitted, ready
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
grant t2 to=w1
  -> t2: granted #1
  * t2: leased #1 to w1, attempt 1
  ! t2: offer #1 at w1
entry
cancel t1
complete t1
complete t2
cancel t2
end
  -> Cancel: done
  -> Complete: refused: StaleToken
  -> Complete: done
  -> Cancel: refused: TaskEnded(Succeeded)
  * t1: ended cancelled #1, asked
  * t2: ended succeeded #1
  ! t1: stop #1 at w1
show tasks
  = none
