//! Wording: how the typed sentences of a story become commands of the law.
//!
//! What was born earlier in the same entry is referred to by its position; all else by its identity.

use bytes::Bytes;
use reeve_core::class::{Requirements, Resources, Selector, Test};
use reeve_core::command::{self, Amendment, Batch, Found, IdempotencyKey};
use reeve_core::defaults;
use reeve_core::effect::Holding;
use reeve_core::entry::{Actor, BodyRef, Proposal, RequestId};
use reeve_core::intern::{ClassId, Meant, QueueId};
use reeve_core::name::{Ref, Revision, TaskId, WorkerId};
use reeve_core::place::QueueSettings;
use reeve_core::task::{ContentType, Dependency, QueueName, Seen, TaskSpec, Terms};
use reeve_core::worker::Offer;

use crate::story::names::Names;
use crate::story::player::{Player, Trouble};
use crate::story::slot::{
    After, Ask, Asked, Changed, Custom, Grip, InQueue, Limits, Needs, Offering, Requested, Spec, Texts,
};
use crate::story::verb::{Proposed, Submit};
use crate::story::word::{
    Amend, Body, ClientNo, Content, InBatch, Means, Shown, Source, TaskNo, Text, When, Who, WorkerNo,
};

/// What an entry gives birth to, if all goes well: at this position of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Born {
    /// A task.
    Task(TaskNo),
    /// A worker session.
    Worker(WorkerNo),
    /// A client session.
    Client(ClientNo),
    /// A lease.
    Lease,
}

/// Writes the commands of one entry.
pub(crate) struct Wording<'a> {
    pub player: &'a Player,
    /// What the entry gives birth to, by position.
    pub births: &'a [Born],
    pub bodies: Vec<Bytes>,
}

/// Words, or why there are none.
pub(crate) type Worded<T> = Result<T, Trouble>;

pub(crate) fn said(text: &Option<Text>, otherwise: &str) -> Box<str> {
    text.as_ref().map_or_else(|| otherwise.into(), Text::text)
}

fn list(texts: &Option<Texts>) -> Vec<Box<str>> {
    texts.iter().flat_map(|texts| &texts.0).map(Text::text).collect()
}

fn resources(millicpu: Option<u64>, memory: Option<u64>, custom: &Custom) -> Resources {
    Resources {
        millicpu: millicpu.unwrap_or(0),
        memory_bytes: memory.unwrap_or(0),
        custom: custom.0.iter().map(|(name, amount)| (name.text(), *amount)).collect(),
    }
}

fn selector(asked: &Asked) -> Vec<Selector> {
    let texts = |values: &[Text]| values.iter().map(Text::text).collect();
    let term = |(key, ask): &(Text, Ask)| {
        let test = match ask {
            Ask::Need(values) => Test::In(texts(values)),
            Ask::Avoid(values) => Test::NotIn(texts(values)),
            Ask::Has => Test::Exists,
            Ask::Lacks => Test::Absent,
        };
        Selector { key: key.text(), test }
    };
    asked.0.iter().map(term).collect()
}

fn requirements(needs: &Needs) -> Requirements {
    let Needs { kind, also, asked, millicpu, memory, custom } = needs;
    Requirements {
        kind: said(kind, "echo"),
        also: list(also),
        selector: selector(asked),
        resources: resources(*millicpu, *memory, custom),
    }
}

pub(crate) fn offer(offering: &Offering) -> Offer {
    let Offering { slots, kinds, labels, millicpu, memory, custom } = offering;
    Offer {
        kinds: if kinds.is_some() { list(kinds) } else { vec!["echo".into()] },
        labels: labels.0.iter().map(|(key, value)| (key.text(), value.text())).collect(),
        resources: resources(*millicpu, *memory, custom),
        slots: slots.unwrap_or(1),
    }
}

pub(crate) fn queue_name(queue: &InQueue) -> QueueName {
    QueueName { namespace: said(&queue.namespace, defaults::NAMESPACE), queue: said(&queue.queue, "default") }
}

pub(crate) fn limits(limits: &Limits) -> QueueSettings {
    QueueSettings { max_leased: limits.max_leased, max_live: limits.max_live }
}

/// A hash like those that the doors make; the law only carries it.
fn hash(bytes: &[u8]) -> u128 {
    let mix = |hash: u128, byte: &u8| {
        (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    };
    bytes.iter().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, mix)
}

impl Wording<'_> {
    pub(crate) fn names(&self) -> &Names {
        &self.player.names
    }

    fn born(&self, born: Born) -> Option<u32> {
        let at = self.births.iter().position(|one| *one == born)?;
        u32::try_from(at).ok()
    }

    pub(crate) fn task(&self, task: TaskNo) -> Ref<TaskId> {
        self.born(Born::Task(task)).map_or_else(|| Ref::Id(self.names().task(task)), Ref::Here)
    }

    /// A task of a command that cannot refer to its own entry: one of this entry is named by guess.
    pub(crate) fn old_task(&self, task: TaskNo) -> TaskId {
        match self.task(task) {
            Ref::Id(id) => id,
            Ref::Here(position) => TaskId(self.player.next_name(position)),
        }
    }

    pub(crate) fn worker(&self, worker: WorkerNo) -> Ref<WorkerId> {
        self.born(Born::Worker(worker)).map_or_else(|| Ref::Id(self.names().worker(worker)), Ref::Here)
    }

    fn instant(&self, when: When) -> u64 {
        match when {
            When::In(ms) => self.player.now_ms().saturating_add_signed(ms),
            When::At(ms) => ms,
        }
    }

    pub(crate) fn body(&mut self, body: &Body) -> BodyRef {
        let (text, torn) = match body {
            Body::Missing => return BodyRef { position: u32::MAX, length: 0, hash: 0 },
            Body::Said(text) => (text, 0),
            Body::Torn(text) => (text, 1),
        };
        let bytes = Bytes::from(text.text().into_string().into_bytes());
        let short = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let body = BodyRef {
            position: short(self.bodies.len()),
            length: short(bytes.len()) + torn,
            hash: hash(&bytes),
        };
        self.bodies.push(bytes);
        body
    }

    pub(crate) fn holding(&self, grip: &Grip) -> Holding {
        let task = self.old_task(grip.task);
        let tokens = self.names().tokens(task);
        let (token, worker) = match grip.token {
            Shown::Last => tokens.last().copied(),
            Shown::Old => tokens.len().checked_sub(2).and_then(|at| tokens.get(at)).copied(),
            Shown::Nth(of, nth) => {
                let at = (nth as usize).checked_sub(1);
                at.and_then(|at| self.names().tokens(self.names().task(of)).get(at)).copied()
            }
            Shown::Never => None,
        }
        .unwrap_or((Names::no_token(), self.names().worker(WorkerNo(0))));
        let worker = grip.by.map_or(worker, |by| self.names().worker(by));
        Holding { worker, task, token }
    }

    fn mean_queue(&self, queue: &InQueue, means: Means) -> Meant<QueueId, QueueName> {
        let words = queue_name(queue);
        let known = self.player.state.mean_queue(&words.namespace, &words.queue);
        match (means, known) {
            (Means::Known, Some(known)) => known,
            (Means::Stale, Some(Meant::Known { id, .. })) => Meant::Known { id, born: Revision(0) },
            (Means::Stale, _) => Meant::Known { id: QueueId(0), born: Revision(0) },
            (Means::Words | Means::Known, _) => Meant::Words(words),
        }
    }

    fn mean_class(&self, needs: &Needs, means: Means) -> Meant<ClassId, Box<Requirements>> {
        let mut words = requirements(needs);
        if means == Means::Words {
            return Meant::Words(Box::new(words));
        }
        // Numbers are found by the one canonical spelling.
        words.also.sort();
        words.also.dedup();
        words.also.retain(|kind| *kind != words.kind);
        words.selector.sort();
        words.selector.dedup();
        words.resources.custom.retain(|(_, amount)| *amount > 0);
        words.resources.custom.sort();
        match (means, self.player.state.mean_class(&words)) {
            (Means::Stale, Some(Meant::Known { id, .. })) => Meant::Known { id, born: Revision(0) },
            (Means::Stale, _) => Meant::Known { id: ClassId(0), born: Revision(0) },
            (_, Some(known)) => known,
            (_, None) => Meant::Words(Box::new(words)),
        }
    }

    pub(crate) fn found(&self, task: TaskNo, source: Source) -> Worded<Option<Found>> {
        let id = self.old_task(task);
        match source {
            Source::Nothing => Ok(None),
            Source::Read(read) => self.player.read(read, id),
            Source::Fresh if self.player.lives(id) => Ok(None),
            Source::Fresh => {
                self.player.memory.found(id, self.player.state.revision()).map_err(Trouble::Archive)
            }
        }
    }

    fn seen(&self, after: &After) -> Worded<Option<Seen>> {
        if self.born(Born::Task(after.on)).is_some() {
            return Ok(None);
        }
        let found = self.found(after.on, after.seen)?;
        Ok(found.map(|found| Seen { at: found.read_at, ending: found.ending }))
    }

    fn terms(&self, spec: &Spec) -> Worded<Terms> {
        let mut dependencies = Vec::with_capacity(spec.afters.0.len());
        for after in &spec.afters.0 {
            let (on, seen) = (self.task(after.on), self.seen(after)?);
            dependencies.push(Dependency { on, rule: after.rule, otherwise: after.otherwise, seen });
        }
        Ok(Terms {
            not_before_ms: spec.not_before.map(|when| self.instant(when)),
            must_start_by_ms: spec.must_start_by.map(|when| self.instant(when)),
            attempt_timeout_ms: spec.timeout.map(|span| span.0),
            retry: spec.retry,
            dependencies,
            parent: spec.parent.map(|parent| self.task(parent)),
            retention_ms: spec.retention.map(|span| span.0),
            trace: said(&spec.trace, "").as_bytes().to_vec(),
        })
    }

    fn spec(&mut self, spec: &Spec) -> Worded<TaskSpec> {
        let terms = self.terms(spec)?;
        Ok(TaskSpec {
            queue: self.mean_queue(&spec.queue, spec.means),
            class: self.mean_class(&spec.needs, spec.means),
            priority: spec.priority.unwrap_or_default(),
            payload: spec.payload.as_ref().map(|payload| self.body(payload)),
            content_type: match &spec.content {
                None | Some(Content::Opaque) => ContentType::Opaque,
                Some(Content::Json) => ContentType::Json,
                Some(Content::Other(name)) => ContentType::Other(name.text()),
            },
            labels: spec.labels.0.iter().map(|(key, value)| (key.text(), value.text())).collect(),
            terms: (terms != Terms::default()).then(|| Box::new(terms)),
        })
    }

    pub(crate) fn submit(&mut self, submit: &Submit) -> Worded<command::Submit> {
        let Submit { groups, key, hash, lifetime, batch } = submit;
        let mut tasks = Vec::new();
        for group in groups {
            let spec = self.spec(&group.spec)?;
            tasks.resize(tasks.len() + group.tasks.each().count(), spec);
        }
        let key = key.as_ref().map(|key| IdempotencyKey {
            key: key.text(),
            hash: hash.unwrap_or(0),
            lifetime_ms: lifetime.map(|span| span.0),
        });
        let batch = match batch {
            InBatch::Alone => Batch::Alone,
            InBatch::Own => Batch::Own,
            InBatch::Of(task) => Batch::Of(self.old_task(*task)),
        };
        Ok(command::Submit { key, batch, tasks })
    }

    pub(crate) fn amendment(&mut self, changed: &Changed) -> Amendment {
        let instant = |amend: Amend<When>| match amend {
            Amend::Gone => None,
            Amend::To(when) => Some(self.instant(when)),
        };
        let (not_before_ms, must_start_by_ms) =
            (changed.not_before.map(instant), changed.must_start_by.map(instant));
        let attempt_timeout_ms = changed.timeout.map(|amend| match amend {
            Amend::Gone => None,
            Amend::To(span) => Some(span.0),
        });
        let class =
            (changed.needs != Needs::default()).then(|| self.mean_class(&changed.needs, changed.means));
        Amendment {
            priority: changed.priority,
            payload: changed.payload.as_ref().map(|payload| self.body(payload)),
            not_before_ms,
            must_start_by_ms,
            attempt_timeout_ms,
            class,
        }
    }

    /// The proposal that a sentence makes.
    pub(crate) fn proposal(&mut self, proposed: &Proposed) -> Worded<Proposal> {
        let Requested { client, seq, acked, who } = &proposed.requested;
        let request = client.map(|client| RequestId {
            client: self.born(Born::Client(client)).map_or_else(
                || self.names().client(client),
                |position| reeve_core::name::ClientId(self.player.next_name(position)),
            ),
            sequence: seq.unwrap_or_else(|| self.player.next_sequence(client)),
            acked_below: acked.unwrap_or(0),
        });
        let actor = match who {
            None | Some(Who::Anyone) => Actor::Anyone,
            Some(Who::Office) => Actor::Office,
            Some(Who::Subject(name)) => Actor::Subject(name.text()),
        };
        Ok(Proposal { request, actor, command: proposed.verb.say(self)? })
    }
}
