# Leaders whose clocks differ hand the cluster on: time stands still until the new clock is ahead of the log's.
worker w1
  -> opened w1
  * w1: opened
submit t1 timeout=10s retry=3,1s,200%,1m
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
grant t1 to=w1
  -> t1: granted #1 until +10s
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
leader skew=+3s
  ! t1: offer #1 at w1
tick
leader skew=-3s
  ! t1: offer #1 at w1
sleep 6s
tick
extend t1 for=10s
  -> extended until +13s
  * t1: extended until +13s
leader skew=+3s
  ! t1: offer #1 at w1
sleep 5s
tick
  * t1: retrying #1: TimedOut, ready at +13.75s
  * t1: ready
  ! t1: stop #1 at w1
sleep 1s
complete t1
  -> refused: StaleToken
