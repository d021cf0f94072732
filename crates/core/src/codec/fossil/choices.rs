//! Samples of all choices whose variants are written beside records: keys, events, replies, refusals.

use super::Family;
use super::names::{CLIENT, NOW_MS, OTHER, TASK, TOKEN, WORKER};
use crate::alarm::{Alarm, AlarmKind};
use crate::change::{Key, Part};
use crate::codec::wire::{Reader, Wire};
use crate::event::{AttemptEnd, Cancelled, ClientStep, Event, PlaceStep, Step, WorkerStep};
use crate::intern::{ClassId, KindId, LabelKeyId, NamespaceId, QueueId};
use crate::refusal::{Cap, Field, Refusal};
use crate::reply::Reply;
use crate::task::{Ending, Standing};

type Ordinals = &'static [(&'static str, &'static str, u8)];

/// The tags that must have a sample each, under the name of their family.
pub(super) fn ordinals() -> Vec<(&'static str, &'static str, u8)> {
    let lists: [Ordinals; 15] = [
        Key::ORDINALS,
        Part::ORDINALS,
        Event::ORDINALS,
        Step::ORDINALS,
        Cancelled::ORDINALS,
        AttemptEnd::ORDINALS,
        WorkerStep::ORDINALS,
        ClientStep::ORDINALS,
        PlaceStep::ORDINALS,
        Reply::ORDINALS,
        Refusal::ORDINALS,
        Field::ORDINALS,
        Cap::ORDINALS,
        Ending::ORDINALS,
        Standing::ORDINALS,
    ];
    lists.concat()
}

/// One value of each variant that has at most one field: the tag, and a two if it wants more.
fn each<T: Wire>(ordinals: Ordinals) -> Vec<T> {
    let read = |tag: u8| {
        let tries = [vec![tag], vec![tag, 2], vec![tag, 1]];
        tries.iter().find_map(|bytes| Reader::whole(bytes).ok()).expect("a variant of one small field")
    };
    ordinals.iter().map(|(_, _, tag)| read(*tag)).collect()
}

pub(super) fn families() -> Vec<Family> {
    vec![
        Family::plain("key", keys(), Key::variant),
        Family::plain("part", parts(), Part::variant),
        Family::plain("event", events(), Event::variant),
        Family::plain("step", steps(), Step::variant),
        Family::plain("cancelled", causes(), Cancelled::variant),
        Family::plain("attempt_end", each(AttemptEnd::ORDINALS), AttemptEnd::variant),
        Family::plain("worker_step", each(WorkerStep::ORDINALS), WorkerStep::variant),
        Family::plain("client_step", each(ClientStep::ORDINALS), ClientStep::variant),
        Family::plain("place_step", each(PlaceStep::ORDINALS), PlaceStep::variant),
        Family::plain("reply", replies(), Reply::variant),
        Family::plain("refusal", each(Refusal::ORDINALS), Refusal::variant),
        Family::plain("field", each(Field::ORDINALS), Field::variant),
        Family::plain("cap", each(Cap::ORDINALS), Cap::variant),
        Family::plain("ending", each(Ending::ORDINALS), Ending::variant),
        Family::plain("standing", each(Standing::ORDINALS), Standing::variant),
    ]
}

fn parts() -> Vec<Part> {
    vec![Part::Payload, Part::Result, Part::Checkpoint, Part::Details(11), Part::Partial(11, 4)]
}

fn keys() -> Vec<Key> {
    vec![
        Key::Meta,
        Key::Namespace(NamespaceId(4)),
        Key::Queue(QueueId(12)),
        Key::Kind(KindId(300)),
        Key::LabelKey(LabelKeyId(7)),
        Key::Class(ClassId(200)),
        Key::Client(CLIENT),
        Key::Reply(CLIENT, 1_024),
        Key::Worker(WORKER),
        Key::Alarm(AlarmKind::ClockGap, 3),
        Key::Task(TASK),
        Key::Waits(TASK, OTHER),
        Key::Drain(TOKEN),
        Key::Tombstone(1_234),
        Key::Remembered(TASK),
        Key::Work(41),
        Key::Spec(TASK),
        Key::Amendment(TASK, 5),
        Key::Attempt(TASK, 11),
        Key::Archive(TASK),
        Key::Progress(TASK),
        Key::Body(TASK, Part::Partial(11, 4)),
    ]
}

fn causes() -> Vec<Cancelled> {
    vec![
        Cancelled::Asked,
        Cancelled::WithParent(OTHER),
        Cancelled::WithDependency(OTHER),
        Cancelled::Unmet(OTHER),
    ]
}

fn steps() -> Vec<Step> {
    let (token, until_ms) = (TOKEN, NOW_MS + 1_000);
    vec![
        Step::Submitted { standing: Standing::Ready },
        Step::Scheduled { until_ms },
        Step::Ready,
        Step::Leased { token, worker: WORKER, attempt: 11 },
        Step::Extended { deadline_ms: Some(NOW_MS) },
        Step::Extended { deadline_ms: None },
        Step::Progressed,
        Step::Partial { index: 4 },
        Step::Checkpointed,
        Step::Returned { token, how: AttemptEnd::Released },
        Step::Retrying { token, how: AttemptEnd::TimedOut, until_ms },
        Step::Ended { ending: Ending::Cancelled, cancelled: Some(Cancelled::Asked), token: Some(token) },
        Step::Ended { ending: Ending::Expired, cancelled: None, token: None },
        Step::Held,
        Step::Suspended,
        Step::Resumed,
        Step::CancelAsked { by_ms: NOW_MS },
        Step::Updated { number: 5 },
        Step::UpdateAnswered { number: 5, accepted: true },
        Step::Retried,
        Step::Stopped { token },
    ]
}

fn events() -> Vec<Event> {
    let alarm = Alarm { kind: AlarmKind::ClockGap, node: 3 };
    let step = Step::Submitted { standing: Standing::Ready };
    vec![
        Event::Task { task: TASK, generation: 2, queue: QueueId(12), class: ClassId(200), step },
        Event::Worker { worker: WORKER, step: WorkerStep::Draining },
        Event::Client { client: CLIENT, step: ClientStep::Closed },
        Event::Namespace { namespace: NamespaceId(4), step: PlaceStep::Configured },
        Event::Queue { queue: QueueId(12), step: PlaceStep::Paused },
        Event::Alarm { alarm, set: true },
        Event::LawRaised { law: 2 },
        Event::TaskForgotten { task: TASK, generation: 2 },
    ]
}

fn replies() -> Vec<Reply> {
    vec![
        Reply::Done,
        Reply::Refused(Refusal::TaskNotReady { standing: Standing::Backoff }),
        Reply::Submitted { first: TASK, count: 3, existing: true },
        Reply::Granted { token: TOKEN, deadline_ms: Some(NOW_MS) },
        Reply::Granted { token: TOKEN, deadline_ms: None },
        Reply::AlreadyAccepted,
        Reply::Retrying { until_ms: NOW_MS + 1_000 },
        Reply::Died,
        Reply::Extended { deadline_ms: Some(NOW_MS) },
        Reply::Asked,
        Reply::ClientOpened(CLIENT),
        Reply::WorkerOpened(WORKER),
    ]
}
