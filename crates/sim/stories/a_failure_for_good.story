# A failure that no retry can help ends the task; a repeated report is accepted, a contrary one is not.
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
fail t1 error=BadInput message="no such file"
  -> done
  * t1: ended failed #1
fail t1 error=BadInput message="no such file"
  -> already accepted
complete t1
  -> refused: StaleToken
retry t1
  -> done
  * t1: retried, generation 1
show t1
  = t1: ready, generation 1, 1 attempts, 0 of 5 failures
grant t1 to=w1
  -> t1: granted #2
  * t1: leased #2 to w1, attempt 2
  ! t1: offer #2 at w1
complete t1
  -> done
  * t1: ended succeeded #2
complete t1 token=t1#1
  -> refused: StaleToken
fail t1
  -> refused: StaleToken
fail t1 token=old
  -> refused: StaleToken
retry t1
  -> refused: NotRetryable(Succeeded)
