//! What is stored of a namespace.

use crate::codec::record::record;
use crate::place::NamespaceRecord;

record!(2 "namespace" NamespaceRecord { name, settings, paused });
