# A report is refused for each part of it that is out of bounds, and the lease stays.
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
progress t1 permille=1001
  -> refused: OutOfBounds(Progress)
progress t1 permille=1000 message=m*4097
  -> refused: OutOfBounds(Message)
fail t1 error=e*257
  -> refused: OutOfBounds(Message)
fail t1 message=m*4097
  -> refused: OutOfBounds(Message)
fail t1 retryable retry-after=0ms
  -> refused: OutOfBounds(Retry)
fail t1 details=!missing
  -> refused: OutOfBounds(Body)
extend t1 for=0ms
  -> refused: OutOfBounds(AttemptTimeout)
extend t1 for=3651d
  -> refused: OutOfBounds(AttemptTimeout)
checkpoint t1 body=!torn:x
  -> refused: OutOfBounds(Body)
cancel t1 grace=0ms
  -> refused: OutOfBounds(Grace)
pause t1 grace=3651d
  -> refused: OutOfBounds(Grace)
update t1 not-before=@99999999999999
  -> refused: OutOfBounds(NotBefore)
update t1 must-start-by=@99999999999999
  -> refused: OutOfBounds(MustStartBy)
update t1 timeout=0ms
  -> refused: OutOfBounds(AttemptTimeout)
update t1 payload=!missing
  -> refused: OutOfBounds(Body)
update t1 kind=""
  -> refused: BadName
update t1 has.k<01..17>
  -> refused: OutOfBounds(Selector)
update t1 kind=echo means=stale
  -> refused: StaleName
progress t1 permille=1000 message=m*4096
  -> done
  * t1: progressed
fail t1 error=e*256 message=m*4096
  -> done
  * t1: ended failed #1
show t1
  = t1: ended failed, generation 0
