# An alarm stops new tasks where that protects the cluster; what runs goes on, and what exists is still found.
worker w1
  -> opened w1
  * w1: opened
submit t1 key=abc hash=1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
alarm clock-gap node=2 message="two minutes apart"
  -> done
  * alarm ClockGap of node 2: set
submit t2
  -> t2: submitted
  * t2: submitted, ready
alarm no-space node=1 message="nearly full"
  -> done
  * alarm NoSpace of node 1: set
alarm no-space node=1
  -> done
alarm diverged node=3
  -> done
  * alarm Diverged of node 3: set
submit t3
  -> refused: WritesStopped
submit t1 key=abc hash=1
  -> t1: existing
grant t1 to=w1
  -> t1: granted #1
  * t1: leased #1 to w1, attempt 1
  ! t1: offer #1 at w1
complete t1
  -> done
  * t1: ended succeeded #1
clear-alarm no-space node=1
  -> done
  * alarm NoSpace of node 1: cleared
submit t3
  -> refused: WritesStopped
clear-alarm diverged node=3
  -> done
  * alarm Diverged of node 3: cleared
submit t3
  -> t3: submitted
  * t3: submitted, ready
clear-alarm diverged node=3
  -> refused: AlarmNotSet
clear-alarm clock-gap node=9
  -> refused: AlarmNotSet
restart
  = the same state
alarm no-space node=4 message=m*4097
  -> refused: OutOfBounds(Message)
