//! The shape of the command that resumes a queue.

use crate::codec::wire::shape;
use crate::command::ResumeQueue;

shape!(ResumeQueue { queue });
