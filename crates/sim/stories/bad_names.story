# A name is not empty, not long, and has no control characters, wherever it is said.
submit t1 kind=""
  -> refused: BadName
submit t1 kind=k*129
  -> refused: BadName
submit t1 kind="a\nb"
  -> refused: BadName
submit t1 also=""
  -> refused: BadName
submit t1 queue=""
  -> refused: BadName
submit t1 has.k*129
  -> refused: BadName
submit t1 res.""=1
  -> refused: BadName
submit t1 label.""=1
  -> refused: BadName
worker w1 name=""
  -> refused: BadName
worker w1 name=w*129
  -> refused: BadName
worker w1 kinds=""
  -> refused: BadName
worker w1 label.""=1
  -> refused: BadName
worker w1 res.""=1
  -> refused: BadName
worker w1 kinds=k*128
  -> opened w1
  * w1: opened
submit t1 kind=k*128 queue=q*128
  -> t1: submitted
  * default/qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: created
  * t1: submitted, ready
create-namespace n*129
  -> refused: BadName
