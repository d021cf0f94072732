//! The shape of the command that answers an update.

use crate::codec::wire::shape;
use crate::command::AnswerUpdate;

shape!(AnswerUpdate { holding, number, accepted });
