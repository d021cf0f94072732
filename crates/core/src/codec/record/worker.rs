//! What is stored of a worker session.

use crate::codec::record::record;
use crate::worker::WorkerRecord;

record!(9 "worker" WorkerRecord { name, kinds, labels, resources, slots, ttl_ms, secret, draining, death });
