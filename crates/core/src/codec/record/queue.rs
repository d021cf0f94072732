//! What is stored of a queue.

use crate::codec::record::record;
use crate::place::QueueRecord;

record!(3 "queue" QueueRecord { namespace, name, born, settings, paused });
