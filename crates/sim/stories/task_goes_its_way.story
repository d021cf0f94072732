# A task goes from its submitter through a worker to its end, and its end is said only once.
worker w1 slots=2
  -> opened w1
  * w1: opened
submit t1 payload="hello" content=json label.team=red as=subject:ann
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
show t1
  = t1: ready, 0 attempts, 0 of 5 failures
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
progress t1 permille=500 message="half of it"
  -> done
  * t1: progressed
checkpoint t1 body="here I was"
  -> done
  * t1: checkpointed
complete t1 result="world"
  -> done
  * t1: ended succeeded #1
# The worker did not hear the answer and reports again.
complete t1 result="world"
  -> already accepted
show t1
  = t1: ended succeeded, generation 0
restart
  = the same state
show workers
  = w1: 0/2 slots
