//! The shape of the command that takes back an offer.

use crate::codec::wire::shape;
use crate::command::Recall;

shape!(Recall { holding });
