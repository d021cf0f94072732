# A grant is refused for the first thing that the worker lacks: kind, label, slot, or resources.
worker w1 kinds=echo,shell slots=2 label.disk=ssd label.zone=a millicpu=1000 memory=100 res.gpu=1
  -> opened w1
  * w1: opened
submit t1 kind=http
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 kind=echo also=shell,http
  -> t2: submitted
  * t2: submitted, ready
submit t3 kind=echo also=shell need.zone=a,b has.disk lacks.old avoid.zone=c
  -> t3: submitted
  * t3: submitted, ready
submit t4 need.zone=b
  -> t4: submitted
  * t4: submitted, ready
submit t5 avoid.zone=a
  -> t5: submitted
  * t5: submitted, ready
submit t6 has.old
  -> t6: submitted
  * t6: submitted, ready
submit t7 lacks.zone
  -> t7: submitted
  * t7: submitted, ready
submit t8 millicpu=1001
  -> t8: submitted
  * t8: submitted, ready
submit t9 memory=101
  -> t9: submitted
  * t9: submitted, ready
submit t10 res.gpu=2
  -> t10: submitted
  * t10: submitted, ready
submit t11 res.tpu=1
  -> t11: submitted
  * t11: submitted, ready
submit t12 res.gpu=1 millicpu=600
  -> t12: submitted
  * t12: submitted, ready
submit t13 millicpu=400
  -> t13: submitted
  * t13: submitted, ready
each n=1..11 grant t{n} to=w1
  -> refused: KindNotOffered (2 times)
  -> t3: granted #1
  -> refused: LabelsDiffer (4 times)
  -> refused: NoRoom (4 times)
  * t3: leased #1 to w1, attempt 1
  ! t3: offer #1 at w1
grant t12 to=w1
  -> t12: granted #1
  * t12: leased #1 to w1, attempt 1
  ! t12: offer #1 at w1
release t3
  -> done
  * t3: returned #1: Released
submit t14 res.gpu=1
  -> t14: submitted
  * t14: submitted, ready
grant t14 to=w1
  -> refused: NoRoom
grant t13 to=w1
  -> t13: granted #1
  * t13: leased #1 to w1, attempt 1
  ! t13: offer #1 at w1
submit t15
  -> t15: submitted
  * t15: submitted, ready
grant t15 to=w1
  -> refused: NoSlot
show workers
  = w1: 2/2 slots
# What is draining is still charged.
cancel t12
  -> done
  * t12: ended cancelled #1, asked
  ! t12: stop #1 at w1
grant t14 to=w1
  -> refused: NoSlot
stopped t12
  -> done
  * t12: stopped #1
grant t14 to=w1
  -> t14: granted #1
  * t14: leased #1 to w1, attempt 1
  ! t14: offer #1 at w1
