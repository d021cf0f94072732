//! A play of chance: entries whose commands mostly make sense, because they name what exists.
//!
//! In an absurd play a part of all numbers, names and texts is of the kind that no sane office would ever send.

use bytes::Bytes;
use reeve_core::alarm::{Alarm, AlarmKind};
use reeve_core::class::{Requirements, Resources, Selector, Test};
use reeve_core::codec::record::Failure;
use reeve_core::command::{
    Amendment, AnswerUpdate, Batch, Cancel, Checkpoint, ClearAlarm, CloseClient, CloseWorker, Command,
    Complete, ConfigureNamespace, ConfigureQueue, CreateNamespace, CreateQueue, DeleteNamespace, DeleteQueue,
    DrainWorker, ExpireClient, ExpireWorker, Extend, Fail, Forget, Found, Grant, IdempotencyKey, OpenClient,
    OpenWorker, Partial, Pause, PauseNamespace, PauseQueue, Progress, RaiseLaw, Recall, Release, Resume,
    ResumeNamespace, ResumeQueue, ResumeWorker, Retry, SetAlarm, Stopped, Submit, Suspended, Update,
};
use reeve_core::effect::Holding;
use reeve_core::entry::{Actor, BodyRef, Entry, Proposal, RequestId};
use reeve_core::event::{ClientStep, Event};
use reeve_core::intern::{ClassId, Meant, QueueId};
use reeve_core::limits;
use reeve_core::name::{ClientId, Name, Ref, Revision, TaskId, Token, WorkerId};
use reeve_core::place::{NamespaceSettings, QueueSettings};
use reeve_core::task::{
    ContentType, Dependency, Ending, Otherwise, Priority, QueueName, RetryPolicy, Rule, Seen, Standing,
    TaskSpec, Terms,
};
use reeve_core::view::TaskView;
use reeve_core::worker::{Departure, Offer};
use reeve_core::{Outcome, Reply, State};

use super::dice::Dice;

/// How many finished tasks, clients and former leases the play remembers.
const MEMORY: usize = 256;
/// How many live tasks are enough.
const CROWD: usize = 120;

const KINDS: [&str; 4] = ["sum", "shell", "http", "gpu"];
const QUEUES: [&str; 3] = ["fast", "slow", "odd"];
const NAMESPACES: [&str; 2] = ["default", "tenant"];
const VALUES: [&str; 3] = ["north", "south", ""];
const ENDINGS: [Ending; 5] =
    [Ending::Succeeded, Ending::Failed, Ending::Dead, Ending::Cancelled, Ending::Expired];

/// What the play knows, and what it sees of the state as an entry begins.
pub(crate) struct Play {
    pub dice: Dice,
    absurd: bool,
    past: Vec<TaskId>,
    former: Vec<Holding>,
    clients: Vec<(ClientId, u64)>,
    now_ms: u64,
    revision: u64,
    /// The position that the next proposal mints from.
    base: u32,
    tasks: Vec<TaskView>,
    workers: Vec<WorkerId>,
    draining: Vec<Holding>,
    words: Vec<Meant<ClassId, Box<Requirements>>>,
    queues: Vec<Meant<QueueId, QueueName>>,
    bodies: Vec<Bytes>,
}

fn remember<T>(list: &mut Vec<T>, dice: &mut Dice, one: T) {
    if list.len() < MEMORY {
        list.push(one);
    } else {
        let at = dice.below(MEMORY);
        list[at] = one;
    }
}

impl Play {
    pub(crate) fn new(seed: u64, absurd: bool) -> Self {
        Self {
            dice: Dice::new(seed),
            absurd,
            past: Vec::new(),
            former: Vec::new(),
            clients: Vec::new(),
            now_ms: 1_000_000,
            revision: 0,
            base: 0,
            tasks: Vec::new(),
            workers: Vec::new(),
            draining: Vec::new(),
            words: Vec::new(),
            queues: Vec::new(),
            bodies: Vec::new(),
        }
    }

    /// The next entry for this state.
    pub(crate) fn entry(&mut self, state: &State) -> Entry {
        self.look(state);
        self.now_ms = match self.dice.below(40) {
            0 => self.now_ms + limits::TOMBSTONE_MS,
            1 => self.now_ms + 90_000_000,
            2..20 => self.now_ms,
            _ => self.now_ms + self.dice.roll() % 3_000,
        };
        let gap = if self.absurd && self.dice.chance(2) { self.dice.roll() >> 12 } else { 0 };
        self.revision = state.revision().0 + 1 + gap;
        self.base = 0;
        let count = 1 + self.dice.below(8);
        let mut proposals = Vec::with_capacity(count);
        for _ in 0..count {
            let command = self.command();
            self.base = self.base.saturating_add(command.width());
            proposals.push(Proposal { request: self.request(), actor: self.actor(), command });
        }
        Entry {
            revision: Revision(self.revision),
            law: if self.absurd && self.dice.chance(1) { 0 } else { 1 },
            time_ms: match self.dice.below(400) {
                0 if self.absurd => u64::MAX,
                1..9 if self.absurd => 0,
                _ => self.now_ms,
            },
            sweep: self.dice.pick(&[0, 1, 2, 5, 1_000, u32::MAX]),
            proposals,
            bodies: self.bodies.clone(),
        }
    }

    /// Takes note of what the entry brought about.
    pub(crate) fn learn(&mut self, outcome: &Outcome) {
        self.now_ms = outcome.now_ms;
        for answer in &outcome.replies {
            if let Reply::Submitted { first, count, .. } = answer.reply {
                for at in 0..count.min(8) {
                    let Name { position, .. } = first.0;
                    let id = TaskId(Name { position: position + at, ..first.0 });
                    remember(&mut self.past, &mut self.dice, id);
                }
            } else if let Reply::ClientOpened(id) = answer.reply {
                remember(&mut self.clients, &mut self.dice, (id, 0));
            }
        }
        for event in &outcome.events {
            // Now and then somebody goes on with a session that is closed.
            if let Event::Client { client, step: ClientStep::Closed | ClientStep::Expired } = event
                && self.dice.chance(80)
            {
                self.clients.retain(|(id, _)| id != client);
            }
        }
        for effect in &outcome.effects {
            remember(&mut self.former, &mut self.dice, effect.holding);
        }
    }

    fn look(&mut self, state: &State) {
        self.tasks = state.tasks().collect();
        self.workers = state.workers().filter(|worker| worker.alive).map(|worker| worker.id).collect();
        let holding = |(token, task, worker)| Holding { worker, task, token };
        self.draining = state.draining().map(holding).collect();
        self.words = state.lanes().filter_map(|lane| state.mean_class(state.class(lane.class)?)).collect();
        self.queues = state
            .queues()
            .filter_map(|id| {
                state.queue_name(id).and_then(|(namespace, queue)| state.mean_queue(namespace, queue))
            })
            .collect();
        self.bodies = (0..=self.dice.below(4)).map(|at| Bytes::from(vec![7; at * 5])).collect();
    }

    /// A number, or, now and then in an absurd play, one that nobody means.
    fn number(&mut self, sane: u64) -> u64 {
        if !self.absurd || !self.dice.chance(15) {
            return sane;
        }
        let edge = self.dice.pick(&[
            0,
            1,
            100,
            1 << 31,
            1 << 32,
            1 << 50,
            1 << 63,
            u64::MAX,
            limits::DURATION_MS_MAX,
            limits::INSTANT_MS_MAX,
            limits::CLIENT_WINDOW,
            self.now_ms,
        ]);
        edge.wrapping_add(self.dice.roll() % 3).wrapping_sub(1)
    }

    fn small(&mut self, sane: u32) -> u32 {
        u32::try_from(self.number(u64::from(sane))).unwrap_or(u32::MAX)
    }

    fn tiny(&mut self, sane: u16) -> u16 {
        u16::try_from(self.number(u64::from(sane))).unwrap_or(u16::MAX)
    }

    fn maybe<T>(&mut self, percent: usize, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.dice.chance(percent) { Some(make(self)) } else { None }
    }

    fn yes(&mut self) -> bool {
        self.dice.chance(50)
    }

    fn text(&mut self, sane: &str) -> Box<str> {
        if !self.absurd || !self.dice.chance(5) {
            return sane.into();
        }
        let length = self.dice.pick(&[0, 1, 128, 129, 256, 257, 4_096, 4_097]);
        self.dice.pick(&["x", "\u{0}", "\u{7f}"]).repeat(length).into()
    }

    fn one_of(&mut self, texts: &[&str]) -> Box<str> {
        let text = self.dice.pick(texts);
        self.text(text)
    }

    fn duration(&mut self) -> u64 {
        let sane = self.dice.pick(&[1, 10, 500, 2_000, 60_000, 3_600_000]);
        self.number(sane)
    }

    fn instant(&mut self) -> u64 {
        let ahead = self.dice.pick(&[0, 1, 500, 5_000, 400_000]);
        self.number((self.now_ms + ahead).saturating_sub(1_000))
    }

    fn name(&mut self) -> Name {
        let (group, era) = if self.dice.chance(10) { (u16::MAX, 1) } else { (0, 0) };
        let near = self.revision + self.dice.roll() % 4;
        let revision = if self.yes() { near } else { self.number(near) };
        let sane = (self.dice.roll() % 6) as u32;
        Name { group, era, revision: Revision(revision), position: self.small(sane) }
    }

    fn id<T: From<Name>>(&mut self, known: Option<T>) -> T {
        if self.absurd && self.dice.chance(4) {
            return self.name().into();
        }
        known.unwrap_or_else(|| self.name().into())
    }

    fn task(&mut self) -> TaskId {
        let live = self.dice.any(&self.tasks).map(|task| task.id);
        let past = self.dice.any(&self.past);
        let known = if self.dice.chance(85) { live.or(past) } else { past.or(live) };
        self.id(known)
    }

    fn task_ref(&mut self) -> Ref<TaskId> {
        match self.dice.below(12) {
            0 | 1 if self.base > 0 => Ref::Here(self.dice.below(self.base as usize) as u32),
            2 => Ref::Here(self.small(self.base)),
            _ => Ref::Id(self.task()),
        }
    }

    fn worker(&mut self) -> WorkerId {
        let known = self.dice.any(&self.workers);
        self.id(known)
    }

    fn worker_ref(&mut self) -> Ref<WorkerId> {
        if self.dice.chance(5) {
            Ref::Here(self.small(self.base.saturating_sub(1)))
        } else {
            Ref::Id(self.worker())
        }
    }

    fn holding(&mut self) -> Holding {
        let leased: Vec<Holding> = self
            .tasks
            .iter()
            .filter_map(|task| task.lease.map(|lease| (task.id, lease)))
            .map(|(task, lease)| Holding { worker: lease.worker, task, token: lease.token })
            .collect();
        let live = self.dice.any(&leased);
        let former = self.dice.any(&self.former);
        let known = if self.dice.chance(85) { live.or(former) } else { former.or(live) };
        let mut holding = known.unwrap_or_else(|| Holding {
            worker: self.name().into(),
            task: self.name().into(),
            token: Token(self.name()),
        });
        match self.dice.below(60) {
            0 => holding.worker = self.worker(),
            1 => holding.task = self.task(),
            2 => holding.token = self.name().into(),
            _ => {}
        }
        holding
    }

    fn body(&mut self) -> BodyRef {
        let beyond = self.bodies.is_empty() || self.dice.chance(5);
        let position = if beyond { self.bodies.len() } else { self.dice.below(self.bodies.len()) };
        let length = self.bodies.get(position).map_or(3, Bytes::len);
        BodyRef {
            position: self.small(position as u32),
            length: self.small(length as u32),
            hash: u128::from(self.dice.roll()),
        }
    }

    fn priority(&mut self) -> Priority {
        let value = if self.yes() { 4 } else { self.dice.below(Priority::COUNT) as u8 };
        Priority::new(value).expect("below their number")
    }

    fn resources(&mut self) -> Resources {
        let custom = self.maybe(10, |play| vec![("licence".into(), play.number(2))]).unwrap_or_default();
        let (millicpu, memory) = (self.dice.pick(&[0, 100]), self.dice.pick(&[0, 1 << 20]));
        Resources { millicpu: self.number(millicpu), memory_bytes: self.number(memory), custom }
    }

    fn requirements(&mut self) -> Requirements {
        let test = match self.dice.below(4) {
            0 => Test::In(vec![self.one_of(&VALUES)]),
            1 => Test::NotIn(vec![self.one_of(&VALUES), "west".into()]),
            2 => Test::Exists,
            _ => Test::Absent,
        };
        let selector = self.maybe(20, |play| vec![Selector { key: play.one_of(&["site", "tier"]), test }]);
        Requirements {
            kind: self.one_of(&KINDS),
            also: self.maybe(10, |play| vec![play.one_of(&KINDS), play.one_of(&KINDS)]).unwrap_or_default(),
            selector: selector.unwrap_or_default(),
            resources: if self.dice.chance(20) { self.resources() } else { Resources::default() },
        }
    }

    fn stale<Id, Words>(&mut self, meant: Meant<Id, Words>) -> Meant<Id, Words> {
        let Meant::Known { id, born } = meant else { return meant };
        Meant::Known { id, born: if self.dice.chance(5) { Revision(born.0 + 1) } else { born } }
    }

    fn class(&mut self) -> Meant<ClassId, Box<Requirements>> {
        match self.dice.any(&self.words) {
            Some(known) if self.dice.chance(70) => self.stale(known),
            _ if self.absurd && self.dice.chance(3) => {
                Meant::Known { id: ClassId(self.small(2)), born: Revision(self.revision) }
            }
            _ => Meant::Words(Box::new(self.requirements())),
        }
    }

    fn queue_name(&mut self) -> QueueName {
        let namespace = if self.dice.chance(80) { "default".into() } else { self.one_of(&NAMESPACES) };
        QueueName { namespace, queue: self.one_of(&QUEUES) }
    }

    fn queue(&mut self) -> Meant<QueueId, QueueName> {
        match self.dice.any(&self.queues) {
            Some(known) if self.yes() => self.stale(known),
            _ if self.absurd && self.dice.chance(3) => {
                Meant::Known { id: QueueId(self.small(2)), born: Revision(self.revision) }
            }
            _ => Meant::Words(self.queue_name()),
        }
    }

    fn labels(&mut self) -> Vec<(Box<str>, Box<str>)> {
        let site = self.maybe(50, |play| ("site".into(), play.one_of(&VALUES)));
        let tier = self.maybe(30, |play| (play.text("tier"), play.one_of(&VALUES)));
        site.into_iter().chain(tier).collect()
    }

    fn retry_policy(&mut self) -> RetryPolicy {
        let (attempts, first_ms) = (self.dice.pick(&[1, 2, 3, 9]), self.dice.pick(&[10, 1_000]));
        RetryPolicy {
            max_attempts: self.tiny(attempts),
            first_ms: self.number(first_ms),
            factor_percent: self.small(200),
            max_ms: self.number(60_000),
        }
    }

    fn dependency(&mut self) -> Dependency {
        let seen = self.maybe(20, |play| {
            let behind = play.dice.roll() % 8;
            Seen {
                at: Revision(play.number(play.revision.saturating_sub(behind))),
                ending: play.dice.pick(&ENDINGS),
            }
        });
        Dependency {
            on: self.task_ref(),
            rule: self.dice.pick(&[Rule::Succeeded, Rule::Finished, Rule::Failed]),
            otherwise: self.dice.pick(&[Otherwise::Cancel, Otherwise::Run]),
            seen,
        }
    }

    fn terms(&mut self) -> Terms {
        let dependencies =
            self.maybe(40, |play| (0..=play.dice.below(3)).map(|_| play.dependency()).collect());
        Terms {
            not_before_ms: self.maybe(20, Self::instant),
            must_start_by_ms: self.maybe(20, Self::instant),
            attempt_timeout_ms: self.maybe(40, Self::duration),
            retry: self.maybe(30, Self::retry_policy),
            dependencies: dependencies.unwrap_or_default(),
            parent: self.maybe(30, Self::task_ref),
            retention_ms: self.maybe(10, Self::duration),
            trace: self.maybe(10, |play| vec![1; play.small(16).min(600) as usize]).unwrap_or_default(),
        }
    }

    fn spec(&mut self) -> TaskSpec {
        TaskSpec {
            queue: self.queue(),
            class: self.class(),
            priority: self.priority(),
            payload: self.maybe(30, Self::body),
            content_type: match self.dice.below(3) {
                0 => ContentType::Opaque,
                1 => ContentType::Json,
                _ => ContentType::Other(self.text("text/plain")),
            },
            labels: if self.dice.chance(20) { self.labels() } else { Vec::new() },
            terms: self.maybe(60, |play| Box::new(play.terms())),
        }
    }

    fn submit(&mut self) -> Command {
        let count = self.dice.pick(&[1, 1, 1, 2, 3, 5]);
        let key = self.maybe(15, |play| IdempotencyKey {
            key: play.one_of(&["k1", "k2", "k3"]),
            hash: u128::from(play.dice.roll() % 2),
            lifetime_ms: play.maybe(50, Self::duration),
        });
        let batch = match self.dice.below(6) {
            0 => Batch::Own,
            1 => Batch::Of(self.task()),
            _ => Batch::Alone,
        };
        Submit { key, batch, tasks: (0..count).map(|_| self.spec()).collect() }.into()
    }

    fn grant(&mut self) -> Command {
        let ready: Vec<TaskId> = self
            .tasks
            .iter()
            .filter(|task| task.standing == Standing::Ready && !task.held)
            .map(|task| task.id)
            .collect();
        let task = match self.dice.any(&ready) {
            Some(id) if self.dice.chance(85) => Ref::Id(id),
            _ => self.task_ref(),
        };
        Grant { task, worker: self.worker_ref() }.into()
    }

    fn found(&mut self) -> Box<Found> {
        let behind = self.dice.roll() % 8;
        Box::new(Found {
            read_at: Revision(self.number(self.revision.saturating_sub(behind))),
            ending: self.dice.pick(&ENDINGS[1..3]),
            generation: self.tiny(0),
            attempts: self.small(1),
            queue: self.queue(),
            class: self.class(),
            priority: self.priority(),
            attempt_timeout_ms: self.maybe(30, Self::duration),
            retry: self.maybe(30, Self::retry_policy),
            updates: self.small(0),
            parent: self.maybe(30, |own| own.task()),
        })
    }

    fn amendment(&mut self) -> Amendment {
        Amendment {
            priority: self.maybe(30, Self::priority),
            payload: self.maybe(20, Self::body),
            not_before_ms: self.maybe(20, |play| play.maybe(70, Self::instant)),
            must_start_by_ms: self.maybe(20, |play| play.maybe(70, Self::instant)),
            attempt_timeout_ms: self.maybe(20, |play| play.maybe(70, Self::duration)),
            class: self.maybe(30, Self::class),
        }
    }

    fn of_tasks(&mut self) -> Command {
        let task = self.task_ref();
        let of = |tasks: &[TaskView], is: fn(&TaskView) -> bool| -> Vec<TaskId> {
            tasks.iter().filter(|task| is(task)).map(|task| task.id).collect()
        };
        let leased =
            self.dice.any(&of(&self.tasks, |task| task.lease.is_some())).filter(|_| self.dice.chance(60));
        let running = leased.map_or(task, Ref::Id);
        let held = self.dice.any(&of(&self.tasks, |task| task.held));
        let dead = self.dice.any(&of(&self.tasks, |task| task.standing == Standing::Dead));
        let ended = if self.yes() { dead } else { self.dice.any(&self.past) };
        match self.dice.below(13) {
            0 | 1 => {
                let (children, dependents) = (self.yes(), self.yes());
                Cancel { task, grace_ms: self.maybe(50, Self::duration), children, dependents }.into()
            }
            2 | 3 => Pause { task: running, grace_ms: self.maybe(50, Self::duration) }.into(),
            4..7 => Resume { task: held.map_or(task, Ref::Id) }.into(),
            7..9 => Update { task: running, amendment: self.amendment() }.into(),
            9..11 => Retry { task: self.id(ended), found: self.maybe(60, Self::found) }.into(),
            _ => {
                let behind = self.dice.roll() % 8;
                let found = self.maybe(30, |play| {
                    (play.tiny(0), Revision(play.number(play.revision.saturating_sub(behind))))
                });
                Forget { task: self.id(ended), found }.into()
            }
        }
    }

    fn of_leases(&mut self) -> Command {
        let holding = self.holding();
        match self.dice.below(24) {
            0..6 => Complete { holding, result: self.maybe(30, Self::body) }.into(),
            6..10 => {
                let failure = Failure { error: self.text("Boom"), message: self.text("it went boom") };
                let (retryable, details) = (self.dice.chance(70), self.maybe(20, Self::body));
                Fail { holding, retryable, failure, details, retry_after_ms: self.maybe(20, Self::duration) }
                    .into()
            }
            10..12 => Release { holding }.into(),
            12..15 => Recall { holding }.into(),
            15 => Extend { holding, by_ms: self.duration() }.into(),
            16 => Progress { holding, permille: self.tiny(500), message: self.text("half") }.into(),
            17 => {
                let next = self.dice.below(3) as u32;
                Partial { holding, index: self.small(next), body: self.body() }.into()
            }
            18 => Checkpoint { holding, body: self.body() }.into(),
            19..21 => Suspended { holding }.into(),
            21 => {
                let leases = self.tasks.iter().filter_map(|task| task.lease);
                let asked =
                    leases.filter(|lease| lease.token == holding.token).map(|lease| lease.update).next();
                AnswerUpdate { holding, number: self.small(asked.unwrap_or(1)), accepted: self.yes() }.into()
            }
            _ => match self.dice.any(&self.draining) {
                Some(holding) if self.dice.chance(80) => Stopped { holding }.into(),
                _ => Stopped { holding }.into(),
            },
        }
    }

    fn limits(&mut self) -> QueueSettings {
        QueueSettings {
            max_leased: self.maybe(50, |play| play.small(3)),
            max_live: self.maybe(30, |play| play.small(40)),
        }
    }

    fn of_places(&mut self) -> Command {
        let (name, queue) = (self.one_of(&NAMESPACES), self.queue_name());
        let settings = NamespaceSettings { queues_on_first_use: self.dice.chance(80) };
        match self.dice.below(20) {
            0 | 1 => CreateNamespace { name, settings }.into(),
            2 => ConfigureNamespace { name, settings }.into(),
            3 => PauseNamespace { name }.into(),
            4 => ResumeNamespace { name }.into(),
            5 => DeleteNamespace { name }.into(),
            6 => CreateQueue { queue, settings: self.limits() }.into(),
            7 => ConfigureQueue { queue, settings: self.limits() }.into(),
            8 => PauseQueue { queue }.into(),
            9 => ResumeQueue { queue }.into(),
            10 | 11 => DeleteQueue { queue }.into(),
            12..16 => ResumeNamespace { name }.into(),
            _ => ResumeQueue { queue }.into(),
        }
    }

    fn offer(&mut self) -> Offer {
        let kinds = if self.dice.chance(85) {
            KINDS.iter().map(|kind| (*kind).into()).collect()
        } else {
            vec![self.one_of(&KINDS), self.one_of(&KINDS)]
        };
        let custom = vec![("licence".into(), self.number(4))];
        let resources =
            Resources { millicpu: self.number(1_000), memory_bytes: self.number(1 << 30), custom };
        Offer { kinds, labels: self.labels(), resources, slots: self.small(6) }
    }

    fn of_workers(&mut self) -> Command {
        let worker = self.worker_ref();
        match self.dice.below(if self.workers.len() < 4 { 16 } else { 8 }) {
            0 => ResumeWorker { worker, offer: self.maybe(50, Self::offer) }.into(),
            1 => DrainWorker { worker }.into(),
            2 => CloseWorker { worker }.into(),
            3 | 4 => {
                let departure = self.dice.pick(&[Departure::Silent, Departure::Evicted, Departure::Closed]);
                ExpireWorker { worker: self.worker(), departure, charged: self.yes() }.into()
            }
            5..8 => ResumeWorker { worker, offer: None }.into(),
            _ => {
                let (offer, secret) = (self.offer(), self.maybe(15, |play| u128::from(play.dice.roll())));
                OpenWorker { name: self.text("hand"), offer, ttl_ms: self.duration(), secret }.into()
            }
        }
    }

    fn of_the_cluster(&mut self) -> Command {
        let loud = self.dice.pick(&[AlarmKind::NoSpace, AlarmKind::Diverged]);
        let kind = if self.dice.chance(10) { loud } else { AlarmKind::ClockGap };
        let alarm = Alarm { kind, node: self.number(1) };
        let known = self.dice.any(&self.clients);
        let client = self.id(known.map(|(id, _)| id));
        match self.dice.below(14) {
            0..6 => OpenClient.into(),
            6 => CloseClient { client }.into(),
            7 | 8 => ExpireClient { client, idle_since: Revision(self.number(self.revision)) }.into(),
            9 | 10 => SetAlarm { alarm, message: self.text("odd") }.into(),
            13 => RaiseLaw { law: self.small(1).min(1) }.into(),
            _ if self.yes() => ClearAlarm { alarm: Alarm { kind: loud, ..alarm } }.into(),
            _ => ClearAlarm { alarm }.into(),
        }
    }

    fn command(&mut self) -> Command {
        match self.dice.below(100) {
            0..22 if self.workers.is_empty() && self.dice.chance(40) => self.of_workers(),
            0..22 if self.tasks.len() < CROWD => self.submit(),
            0..48 => self.grant(),
            48..74 => self.of_leases(),
            74..86 => self.of_tasks(),
            86..90 => self.of_places(),
            90..95 => self.of_workers(),
            _ => self.of_the_cluster(),
        }
    }

    fn request(&mut self) -> Option<RequestId> {
        if self.clients.is_empty() || !self.dice.chance(40) {
            return None;
        }
        let at = self.dice.below(self.clients.len());
        let (client, next) = self.clients[at];
        let sequence = match self.dice.below(20) {
            0 => next.saturating_sub(self.dice.roll() % 5),
            1 => next + self.dice.roll() % 40,
            _ => next,
        };
        let behind = self.dice.roll() % 12;
        let (sequence, acked) = (self.number(sequence), sequence.saturating_sub(behind));
        if sequence < next + 100 {
            self.clients[at].1 = next.max(sequence + 1);
        }
        Some(RequestId { client, sequence, acked_below: self.number(acked) })
    }

    fn actor(&mut self) -> Actor {
        match self.dice.below(3) {
            0 => Actor::Anyone,
            1 => Actor::Office,
            _ => Actor::Subject(self.text("ada")),
        }
    }
}
