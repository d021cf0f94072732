//! What is stored of an interned text: a kind, or a label key.

use crate::codec::wire::shape;
use crate::name::Revision;

/// An interned text. The tag is that of its key family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextRecord<const TAG: u8> {
    pub born: Revision,
    pub text: Box<str>,
}

shape!(TextRecord<4> { born, text });
shape!(TextRecord<5> { born, text });
crate::codec::record::record!(4 "kind" TextRecord<4>);
crate::codec::record::record!(5 "label key" TextRecord<5>);
