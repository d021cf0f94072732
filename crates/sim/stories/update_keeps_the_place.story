# An update that changes neither priority nor class keeps the task's place in its queue.
submit t1..t3
  -> t1..t3: submitted
  * default/default: created
  * t1..t3: submitted, ready
update t1 timeout=5s
  -> done
  * t1: update 1
show lanes
  = default/default of echo: 3 ready, first t1 at priority 0
update t1 priority=0
  -> done
  * t1: update 2
show lanes
  = default/default of echo: 3 ready, first t1 at priority 0
update t1 priority=1
  -> done
  * t1: update 3
update t2 priority=1
  -> done
  * t2: update 1
update t1 kind=shell
  -> done
  * t1: update 4
update t1 kind=echo
  -> done
  * t1: update 5
show lanes
  = default/default of echo: 3 ready, first t2 at priority 1
