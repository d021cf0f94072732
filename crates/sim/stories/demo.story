# A worker is lost and the leader changes: the task is neither lost nor done twice.
worker w1 kinds=resize label.zone=a
  -> opened w1
  * w1: opened
worker w2 kinds=resize label.zone=b
  -> opened w2
  * w2: opened
submit t1 kind=resize payload="cat.png" timeout=1m
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 kind=resize payload="dog.png" priority=9 after=t1
  -> t2: submitted
  * t2: submitted, blocked
assign
  -> t1: granted #1 until +60s
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1

# The leader dies. The next one has another clock, and takes over the orders that the state still wants carried out.
leader skew=-3s
  ! t1: offer #1 at w1

# w1 falls silent. Its session dies, which fences its lease at once.
sleep 30s
expire w1 charged
  -> done
  * w1: expired, charged
  * t1: retrying #1: WorkerCrashed, ready at +27.863s

# It comes back and reports what it did. Nobody waits for that any more: its token is stale.
complete t1 token=t1#1 by=w1
  -> refused: StaleToken

# The back-off ends, and the other worker gets the task under a greater token. This time the report counts.
sleep 2s
tick
  * t1: ready
assign
  -> t1: granted #2 until +89s
  * t1: leased #2 to w2, attempt 2
  ! t1: offer #2 at w2
complete t1
  -> done
  * t1: ended succeeded #2
  * t2: ready

# What waited for it goes on. The same report once more changes nothing.
complete t1
  -> already accepted
assign
  -> t2: granted #1
  * t2: leased #1 to w2, attempt 1
  ! t2: offer #1 at w2
complete t2
  -> done
  * t2: ended succeeded #1
show deadline
  = never
