# A law is raised one by one, once all know it; a replica that does not know it stops, at the entry or at its records.
law 1
  -> refused: LawNotNext
law 0
  -> refused: LawNotNext
law 2
  = the replica stops: law 2 is not known here (newest known: 1): upgrade this replica
submit t1
  -> t1: submitted
  * default/default: created
  * t1: submitted, ready
knows 4
law 3
  -> refused: LawNotNext
law 2
  -> done
  * law 2
submit t2
  -> t2: submitted
  * t2: submitted, ready
under law=1
submit t3
  -> refused: LawDiffers
under law=3
submit t3
  -> refused: LawDiffers
under
law 2
  -> refused: LawNotNext
law 3
  -> done
  * law 3
submit t3
  -> t3: submitted
  * t3: submitted, ready
restart
  = the replica stops: law 3 is not known here (newest known: 1): upgrade this replica
knows 1
submit t4
  = the replica stops: law 3 is not known here (newest known: 1): upgrade this replica
