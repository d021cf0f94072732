# What rides behind the raise of a law in the same entry was made under the old law, and is refused.
knows 2
entry
submit t1
law 2
submit t2
end
  -> t1: submitted
  -> RaiseLaw: done
  -> Submit: refused: LawDiffers
  * default/default: created
  * t1: submitted, ready
  * law 2
