# Requirements that mean the same form one class, however they are spelled.
worker w1 kinds=a,b,c slots=9 res.gpu=9
  -> opened w1
  * w1: opened
submit t1 kind=a also=c,b,a,b res.gpu=1 res.tpu=0 has.x lacks.y
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
submit t2 kind=a also=b,c res.gpu=1 lacks.y has.x has.x
  -> t2: submitted
  * t2: submitted, ready
submit t3 kind=a also=b,c res.gpu=1 lacks.y has.x means=known
  -> t3: submitted
  * t3: submitted, ready
submit t4 kind=b also=a,c res.gpu=1 lacks.y has.x means=known
  -> t4: submitted
  * t4: submitted, ready
show lanes
  = default/default of a: 3 ready, first t1 at priority 0
  = default/default of b: 1 ready, first t4 at priority 0
