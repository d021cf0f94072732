//! Which groups get into an entry.

use bytes::Bytes;
use reeve_core::class::Requirements;
use reeve_core::command::{Batch as Of, Submit};
use reeve_core::entry::{Actor, Proposal};
use reeve_core::intern::Meant;
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec};
use tokio::sync::oneshot;

use super::*;
use crate::office::admission::{Class, Gate, Room};

type Asker = oneshot::Receiver<Result<Vec<Answer>, Refused>>;

/// A call of so many tasks, and a body of so many bytes.
fn call(tasks: usize, body: usize) -> Group {
    let spec = TaskSpec {
        queue: Meant::Words(QueueName { namespace: "default".into(), queue: "mail".into() }),
        class: Meant::Words(Box::new(Requirements::of_kind("echo"))),
        priority: Priority::default(),
        payload: None,
        content_type: ContentType::Opaque,
        labels: Vec::new(),
        terms: None,
    };
    let command = Submit { key: None, batch: Of::Alone, tasks: vec![spec; tasks] }.into();
    let proposal = Proposal { request: None, actor: Actor::Anyone, command };
    Group { proposals: vec![proposal], bodies: vec![Bytes::from(vec![7; body])] }
}

/// An office where calls wait.
struct Wait {
    waiting: VecDeque<Waiting>,
    admission: Admission,
}

impl Wait {
    fn new() -> Self {
        let mut admission = Admission::new();
        admission.open(Gate::Closed);
        Self { waiting: VecDeque::new(), admission }
    }

    fn ask(&mut self, group: Group) -> Asker {
        let (reply, asker) = oneshot::channel();
        let (weight, room) = (group.weight(), Room { commands: 20_000, bytes: 64 << 20 });
        let ticket = self.admission.admit(Class::Submit, weight.commands, weight.bytes, room, 0).unwrap();
        self.waiting.push_back(Waiting { group, reply, ticket });
        asker
    }

    /// How many passengers each entry has, until nobody waits.
    fn entries(&mut self, most: Most) -> Vec<usize> {
        let mut entries = Vec::new();
        while !self.waiting.is_empty() {
            let mut assembly = Assembly::new();
            let (waiting, admission) = (&mut self.waiting, &mut self.admission);
            let passengers = board(waiting, admission, &mut assembly, most, Revision(1));
            assert_eq!(passengers.len(), assembly.size().proposals);
            entries.push(passengers.len());
            passengers.into_iter().for_each(|passenger| self.admission.settle(passenger.ticket, 1));
        }
        assert_eq!((self.admission.commands(), self.admission.bytes()), (0, 0));
        entries
    }
}

const MOST: Most = Most { commands: 256, bytes: 256 << 10 };

#[test]
fn what_nobody_waits_for_is_not_proposed() {
    let mut wait = Wait::new();
    let askers: Vec<Asker> = (0..5).map(|_| wait.ask(call(1, 10))).collect();
    let patient: Vec<Asker> =
        askers.into_iter().enumerate().filter(|(at, _)| at % 2 == 0).map(|(_, asker)| asker).collect();
    assert_eq!(wait.entries(MOST), [3]);
    drop(patient);
}

#[test]
fn an_entry_is_full_when_its_tasks_are_many() {
    let mut wait = Wait::new();
    let _askers: Vec<Asker> = (0..7).map(|_| wait.ask(call(100, 0))).collect();
    assert_eq!(wait.admission.commands(), 700);
    assert_eq!(wait.entries(MOST), [3, 3, 1]);
}

#[test]
fn a_group_that_would_make_an_entry_too_large_goes_into_the_next() {
    let mut wait = Wait::new();
    let _askers = [100 << 10, 100 << 10, 100 << 10, 1 << 20, 10, 10].map(|bytes| wait.ask(call(1, bytes)));
    assert_eq!(wait.entries(MOST), [2, 1, 1, 2]);
}

#[test]
fn what_stands_around_bodies_is_weighed_too() {
    let (small, large) = (call(1, 0).weight(), call(1_000, 5_000).weight());
    assert_eq!((small.commands, large.commands), (1, 1_000));
    assert!(small.bytes > 10 && large.bytes > 5_000 + 999 * (small.bytes - 10), "{small:?} {large:?}");
}
