# At the end of the grace the task is cancelled, exactly then; a completion after it is refused.
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
cancel t1 grace=10s
  -> asked
  * t1: asked to cancel by +10s
  ! t1: cancel by +10s #1 at w1
# A second wish can only shorten the grace.
cancel t1 grace=1m
  -> asked
cancel t1 grace=5s
  -> asked
  * t1: asked to cancel by +5s
  ! t1: cancel by +5s #1 at w1
sleep 5s
complete t1
  -> refused: StaleToken
  * t1: ended cancelled #1, asked
  ! t1: stop #1 at w1
stopped t1
  -> done
  * t1: stopped #1
show workers
  = w1: 0/1 slots
