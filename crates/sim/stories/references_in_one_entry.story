# Submit, grant and report ride in one entry, though its revision is not known when it is made.
entry
worker w1 slots=2
submit t1 + t2 after=t1
grant t1 to=w1
submit t3 parent=t1 after=t2
grant t3 to=w1
pause t2
cancel t2
update t3 priority=3
drain w1
resume-worker w1
end
  -> OpenWorker: opened w1
  -> t1..t2: submitted
  -> t1: granted #1
  -> t3: submitted
  -> Grant: refused: TaskNotReady(Blocked)
  -> Pause: done
  -> Cancel: done
  -> Update: refused: TaskEnded(Cancelled)
  -> DrainWorker: done
  -> ResumeWorker: done
  * w1: opened
  * default/default: created
  * t1: submitted, ready
  * t2: submitted, blocked
  * t1: leased #1 to w1, attempt 1
  * t3: submitted, blocked
  * t2: held
  * t2: ended cancelled, asked
  * t3: ended cancelled, its dependency t2 is not met
  * w1: draining
  * w1: resumed
  ! t1: offer #1 at w1
show tasks
  = t1: leased, 1 attempts, 0 of 5 failures, #1 at w1
show workers
  = w1: 1/2 slots
