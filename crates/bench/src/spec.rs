//! What is proposed: tasks of one kind, all alike, in one queue.

use bytes::Bytes;
use reeve_core::class::{Requirements, Resources};
use reeve_core::command::{Batch, Command, Complete, OpenWorker, Submit};
use reeve_core::effect::Holding;
use reeve_core::entry::{Actor, BodyRef, Proposal};
use reeve_core::intern::Meant;
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec};
use reeve_core::worker::Offer;
use reeve_node::office::desk::Group;

use crate::limits::{PAYLOAD_BYTES, RESULT_BYTES};

const KIND: &str = "bench";
const NAMESPACE: &str = "default";

/// The queue of all tasks of a measurement.
pub const QUEUE: &str = "bench";

static PAYLOAD: [u8; PAYLOAD_BYTES] = [b'p'; PAYLOAD_BYTES];
static RESULT: [u8; RESULT_BYTES] = [b'r'; RESULT_BYTES];

fn propose(command: impl Into<Command>, bodies: Vec<Bytes>) -> Group {
    let proposal = Proposal { request: None, actor: Actor::Anyone, command: command.into() };
    Group { proposals: vec![proposal], bodies }
}

/// The body at a position of its group. Its hash only has to be the same for the same bytes.
fn body(position: usize, bytes: &[u8]) -> BodyRef {
    let position = u32::try_from(position).expect("a group is small");
    let length = u32::try_from(bytes.len()).expect("a body is small");
    BodyRef { position, length, hash: u128::from(bytes.first().copied().unwrap_or(0)) }
}

/// So many tasks, each with its own input.
#[must_use]
pub fn submit(tasks: u32) -> Group {
    let count = usize::try_from(tasks).unwrap_or(usize::MAX);
    let spec = |position| TaskSpec {
        queue: Meant::Words(QueueName { namespace: NAMESPACE.into(), queue: QUEUE.into() }),
        class: Meant::Words(Box::new(Requirements::of_kind(KIND))),
        priority: Priority::default(),
        payload: Some(body(position, &PAYLOAD)),
        content_type: ContentType::Opaque,
        labels: Vec::new(),
        terms: None,
    };
    let submit = Submit { key: None, batch: Batch::Alone, tasks: (0..count).map(spec).collect() };
    propose(submit, vec![Bytes::from_static(&PAYLOAD); count])
}

/// A worker that takes so many of them at once.
#[must_use]
pub fn open_worker(name: &str, slots: u32, ttl_ms: u64) -> Group {
    let offer =
        Offer { kinds: vec![KIND.into()], labels: Vec::new(), resources: Resources::default(), slots };
    propose(OpenWorker { name: name.into(), offer, ttl_ms, secret: None }, Vec::new())
}

/// These are done, each with its own result.
#[must_use]
pub fn complete(done: &[Holding]) -> Group {
    let one = |(position, holding): (usize, &Holding)| {
        let complete = Complete { holding: *holding, result: Some(body(position, &RESULT)) };
        Proposal { request: None, actor: Actor::Anyone, command: complete.into() }
    };
    let proposals = done.iter().enumerate().map(one).collect();
    Group { proposals, bodies: vec![Bytes::from_static(&RESULT); done.len()] }
}
