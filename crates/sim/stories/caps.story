# Caps of the cluster are refusals.
each n=1..1024 alarm clock-gap node={n}
  -> done (1024 times)
  * alarm ClockGap of node 1: set
  * ... and 1022 alike ...
  * alarm ClockGap of node 1024: set
alarm clock-gap node=1025
  -> refused: TooMany(Alarms)
alarm clock-gap node=7
  -> done
entry
each n=2..10000 create-namespace n{n}
end
  -> CreateNamespace: done (9999 times)
  * namespace n2: created
  * ... and 9997 alike ...
  * namespace n10000: created
create-namespace n10001
  -> refused: TooMany(Namespaces)
delete-namespace n77
  -> done
  * namespace 76: deleted
create-namespace n10001
  -> done
  * namespace n10001: created
