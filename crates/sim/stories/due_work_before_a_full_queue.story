# While due work is pending a full queue says so and asks to ask again, for there may be room.
create-queue queue=small max-live=2
  -> done
  * default/small: created
submit t1..t2 queue=small must-start-by=10s
  -> t1..t2: submitted
  * t1..t2: submitted, ready
submit t3 queue=small
  -> refused: QueueFull
sleep 10s
sweep 0
submit t3 queue=small
  -> refused: Backlog
sweep 1
submit t3 queue=small
  -> t3: submitted
  * t1: ended expired
  * t3: submitted, ready
submit t4..t6 queue=small
  -> refused: QueueFull
  * t2: ended expired
submit t4 queue=small
  -> t4: submitted
  * t4: submitted, ready
show queues
  = default/small: 2 live, 0 leased
