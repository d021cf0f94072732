//! The office: what only the leader does. It decides when, who and what next; the law then says whether.
//!
//! One task owns everything that an office knows beyond the state, so there is nothing to lock and nothing to tear. It
//! opens when this replica has been elected and has applied all that was committed before, closes as soon as that is in
//! doubt, and what it knew dies with the term. Health means that the office is open, never that this replica leads.

pub mod admission;
mod alarms;
mod batch;
pub mod clients;
pub mod desk;
pub mod digests;
pub mod due;
pub mod offers;
mod opening;
pub mod sessions;
pub mod time;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use openraft::AsyncRuntime;
use openraft::async_runtime::watch::WatchReceiver;
use openraft::async_runtime::{Select2, Select4};
use openraft::type_config::alias::WatchReceiverOf;
use reeve_core::alarm::AlarmKind;
use reeve_core::name::Revision;
use tokio::sync::mpsc;

use self::admission::{Admission, Class, Gate, Reason, Room, Weight};
use self::batch::{Landing, Waiting};
use self::clients::Clients;
use self::desk::{Errand, Keep, Reply, tell};
use self::due::DueWork;
use self::offers::{Listed, Offers, Told, reattach};
use self::sessions::{Kept, Sessions};
use self::time::LogTime;
use crate::herald::Herald;
use crate::limits;
use crate::matcher::Fleet;
use crate::message::{Pulse, Refused};
use crate::platform::{Clock, Hands, Platform};
use crate::raft::types::Types;
use crate::replica::RaftOf;
use crate::settings::Live;
use crate::shared::{CONDEMNED, Shared};

/// The office of one replica, open or not.
pub(crate) struct Office<P: Platform> {
    raft: RaftOf<P>,
    shared: Arc<Shared<P>>,
    settings: Live,
    hands: P::Hands,
    errands: mpsc::Receiver<Errand>,
    metrics: WatchReceiverOf<Types<P::Runtime>, openraft::RaftMetrics<Types<P::Runtime>>>,
    /// Who leads and who belongs. All metrics together change at every tick of consensus, and an idle node should sleep.
    standings: WatchReceiverOf<Types<P::Runtime>, openraft::metrics::RaftServerMetrics<Types<P::Runtime>>>,
    applied: WatchReceiverOf<Types<P::Runtime>, Revision>,
    time: LogTime,
    herald: Herald,
    admission: Admission,
    open: Option<Open>,
    /// A majority was in contact lately: what is proposed now may soon be settled.
    in_contact: bool,
    /// When the digests were compared last.
    compared_ms: u64,
    /// Those that differed then.
    quarantined: Vec<u64>,
    /// How often it has opened: what flies is of one opening.
    openings: u64,
    /// Entries that were proposed and not answered, in their order; some may be of an office that has closed.
    flying: FuturesOrdered<Landing>,
    /// Another was asked to lead: until then, do not open again.
    aside_until_ms: Option<u64>,
    /// An opening failed: until then, do not try again. Trying wakes consensus, and consensus wakes the office.
    again_ms: u64,
    /// The replica stops: never open again.
    retired: bool,
}

/// What an open office knows.
struct Open {
    term: u64,
    /// Which opening this is; a term may see several.
    number: u64,
    fleet: Fleet,
    sessions: Sessions,
    clients: Clients,
    offers: Offers,
    due: DueWork,
    /// Groups that are not in an entry yet.
    waiting: VecDeque<Waiting>,
    /// What the office itself has to say.
    own: Vec<reeve_core::command::Command>,
    /// Whoever waits for the acknowledgement of a keepalive, by its number here.
    keepalives: BTreeMap<u64, Reply<()>>,
    keepalives_seen: u64,
    /// Something changed that may let a task be granted.
    unsettled: bool,
}

/// What makes the office move.
enum Stir {
    Standing,
    Errand(Option<Errand>),
    Landed(batch::Landed),
    Applied,
    Tick,
}

impl<P: Platform> Office<P> {
    pub(crate) fn new(
        raft: RaftOf<P>,
        shared: Arc<Shared<P>>,
        settings: Live,
        hands: P::Hands,
        errands: mpsc::Receiver<Errand>,
    ) -> Self {
        let (metrics, standings, applied) = (raft.metrics(), raft.server_metrics(), shared.watch_applied());
        Self {
            raft,
            shared,
            settings,
            hands,
            errands,
            metrics,
            standings,
            applied,
            time: LogTime::new(),
            herald: Herald::default(),
            admission: Admission::new(),
            open: None,
            compared_ms: 0,
            in_contact: false,
            quarantined: Vec::new(),
            openings: 0,
            flying: FuturesOrdered::new(),
            aside_until_ms: None,
            again_ms: 0,
            retired: false,
        }
    }

    /// Works until the replica is gone.
    pub(crate) async fn run(mut self) {
        loop {
            match self.stir().await {
                Stir::Errand(None) => return self.close("the replica is gone"),
                Stir::Errand(Some(errand)) => {
                    self.take(errand);
                    for _ in 0..limits::ERRANDS_AT_ONCE {
                        let Ok(errand) = self.errands.try_recv() else { break };
                        self.take(errand);
                    }
                }
                Stir::Landed(landed) => self.landed(landed),
                Stir::Standing | Stir::Applied | Stir::Tick => {}
            }
            self.look_around();
            self.open_or_close().await;
            self.carry_out();
            self.work().await;
        }
    }

    async fn stir(&mut self) -> Stir {
        let landing = async {
            match self.flying.next().await {
                Some(landed) => landed,
                None => std::future::pending().await,
            }
        };
        let applied = async {
            // A closed office has no use for it.
            match &self.open {
                Some(_) => drop(self.applied.changed().await),
                None => std::future::pending().await,
            }
        };
        let leads = self.metrics.borrow_watched().state.is_leader();
        let pause = if leads { limits::OFFICE_TICK } else { limits::IDLE_TICK };
        let outside = P::Runtime::select2(self.standings.changed(), P::Runtime::sleep(pause));
        match P::Runtime::select4(landing, self.errands.recv(), applied, outside).await {
            Select4::First(landed) => Stir::Landed(landed),
            Select4::Second(errand) => Stir::Errand(errand),
            Select4::Third(()) => Stir::Applied,
            Select4::Fourth(Select2::First(Ok(()))) => Stir::Standing,
            // Consensus has stopped, and so does the office: this would come again at once, and for ever.
            Select4::Fourth(Select2::First(Err(_))) => Stir::Errand(None),
            Select4::Fourth(Select2::Second(())) => Stir::Tick,
        }
    }

    /// Hears the clocks: those of the others, and a leader's.
    fn look_around(&mut self) {
        let me = self.shared.identity.node;
        if let Some(heard) = self.shared.last_heard() {
            self.time.heard(heard.vote.term, heard.log_ms, heard.mono_ms);
        }
        // A copy: whoever reads the log of the process may be slow, and consensus waits for this guard.
        let standing = self.standings.borrow_watched().clone();
        self.herald.look::<P>(me, &standing);
        let voters: Vec<u64> = standing.membership_config.voter_ids().collect();
        self.time.set_voters(&voters);
        let mono_ms = self.shared.clock.mono_ms();
        self.time.wall(me, self.shared.clock.wall_ms(), mono_ms);
        for (node, peer) in self.shared.peers() {
            self.time.wall(node, peer.report.wall_ms, peer.heard_ms);
        }
        if let Some(log_ms) = self.time.now(mono_ms) {
            let quarantined = self.compare(&voters.into_iter().collect(), mono_ms);
            self.shared.set_pulse(Pulse { log_ms, quarantined });
        }
    }

    /// Compares what the replicas say of their states. Those that differ from a majority.
    fn compare(&mut self, voters: &BTreeSet<u64>, mono_ms: u64) -> Vec<u64> {
        if mono_ms.saturating_sub(self.compared_ms) < limits::COMPARE_MS {
            return self.quarantined.clone();
        }
        self.compared_ms = mono_ms;
        let verdict = self.shared.compare(voters);
        match &verdict.split {
            Some(split) => {
                tracing::error!(
                    "the replicas differ at revision {}, and none has a majority",
                    split.revision
                );
                self.admission.shut(Gate::Diverged);
            }
            None => self.admission.open(Gate::Diverged),
        }
        if self.shared.state().alarms().any(|alarm| alarm.kind == AlarmKind::NoSpace) {
            // The law refuses them too, but they would fill the log on the way there.
            self.admission.shut(Gate::NoSpace);
        } else {
            self.admission.open(Gate::NoSpace);
        }
        let split = verdict.split.is_some();
        if let Some(open) = &mut self.open {
            open.sound_alarms(&self.shared, split, self.time.is_alarmed());
        }
        if verdict.quarantine.contains(&self.shared.identity.node) {
            self.close("its state differs from that of a majority");
            self.shared.condemn(CONDEMNED);
        }
        self.quarantined = verdict.quarantine.into_iter().collect();
        self.quarantined.clone()
    }

    /// Gives the hands what the law has ordered.
    fn carry_out(&mut self) {
        let Some(open) = &mut self.open else { return };
        let mono_ms = self.shared.clock.mono_ms();
        let (waiting, lost) = {
            let mut orders = self.shared.orders();
            (std::mem::take(&mut orders.waiting), std::mem::take(&mut orders.lost))
        };
        if lost {
            let state = self.shared.state();
            let all = reeve_core::effect::outstanding(&state);
            open.offered(&all, mono_ms);
            self.hands.carry_out(open.term, state.revision(), &all);
        }
        for (revision, effects) in waiting {
            open.offered(&effects, mono_ms);
            self.hands.carry_out(open.term, revision, &effects);
        }
    }

    fn take(&mut self, errand: Errand) {
        let mono_ms = self.shared.clock.mono_ms();
        let Some(open) = &mut self.open else { return self.refuse(errand) };
        match errand {
            Errand::Propose { group, reply } => {
                let Weight { commands, bytes } = group.weight();
                let class = group.proposals.iter().map(|proposal| Class::of(&proposal.command)).min();
                let class = class.unwrap_or(Class::Report);
                let room = {
                    let settings = self.settings.now();
                    Room { commands: settings.waiting_commands, bytes: settings.waiting_bytes }
                };
                match self.admission.admit(class, commands, bytes, room, mono_ms) {
                    Ok(ticket) => open.waiting.push_back(Waiting { group, reply, ticket }),
                    Err(refusal) => tell(reply, Err(refused(refusal))),
                }
            }
            Errand::Keepalive { worker, reply } => open.keepalive(worker, reply, mono_ms),
            Errand::Attach { worker, holds, reply } => {
                let answer = open.attach(&self.shared.state(), worker, &holds, mono_ms);
                tell(reply, answer);
            }
            Errand::Credit { worker, credits, load } => {
                open.fleet.credit(worker, credits);
                open.fleet.report_load(worker, load);
                open.unsettled = true;
            }
            Errand::Detach { worker } => open.fleet.detach(worker),
            Errand::Acknowledged { tokens } => {
                tokens.into_iter().for_each(|token| open.offers.acknowledged(token));
            }
            Errand::StepAside { done } => {
                self.aside_until_ms = Some(mono_ms + limits::ASIDE_MS);
                self.close("another shall lead");
                tell(done, ());
            }
            Errand::Resume => self.aside_until_ms = None,
            Errand::Close { done } => {
                self.retired = true;
                self.close("the replica stops");
                tell(done, ());
            }
        }
    }

    /// A closed office does nothing, and says who might.
    fn refuse(&mut self, errand: Errand) {
        let metrics = self.metrics.borrow_watched();
        let me = self.shared.identity.node;
        let refused = match metrics.current_leader {
            Some(leader) if leader == me => Refused::Closed,
            leader => Refused::NotLeader { leader },
        };
        drop(metrics);
        // Nobody need be waiting any more, in any of these.
        match errand {
            Errand::Propose { group: _, reply } => tell(reply, Err(refused)),
            Errand::Keepalive { worker: _, reply } => tell(reply, Err(refused)),
            Errand::Attach { worker: _, holds: _, reply } => tell(reply, Err(refused)),
            Errand::Credit { .. } | Errand::Detach { .. } | Errand::Acknowledged { .. } => {}
            Errand::StepAside { done } => tell(done, ()),
            Errand::Resume => self.aside_until_ms = None,
            Errand::Close { done } => {
                self.retired = true;
                tell(done, ());
            }
        }
    }
}

/// What whoever proposed is told.
fn refused(refusal: admission::Refusal) -> Refused {
    let retry_ms = refusal.retry_after_ms;
    match refusal.reason {
        Reason::Shut(Gate::Closed) => Refused::Closed,
        Reason::Shut(Gate::Diverged | Gate::NoSpace) => Refused::Stopped { retry_ms },
        Reason::Commands { .. } | Reason::Bytes { .. } => Refused::Busy { retry_ms },
    }
}

impl Open {
    fn keepalive(&mut self, worker: reeve_core::name::WorkerId, reply: Reply<()>, mono_ms: u64) {
        self.keepalives_seen += 1;
        match self.sessions.keepalive(worker, self.keepalives_seen, mono_ms) {
            Kept::Waits => drop(self.keepalives.insert(self.keepalives_seen, reply)),
            // Renewed, but not to be acknowledged: the worker hears nothing, as if this one had been lost.
            Kept::Renewed => drop(reply),
            Kept::Expiring | Kept::Unknown => {
                tell(reply, Err(Refused::Impossible("this session is no more".into())));
            }
        }
    }

    /// A quorum was in contact then: keepalives from before are acknowledged.
    fn acknowledge(&mut self, at_mono_ms: u64) {
        for acknowledge in self.sessions.quorum_seen(at_mono_ms) {
            if let Some(reply) = self.keepalives.remove(&acknowledge.number) {
                tell(reply, Ok(()));
            }
        }
    }

    fn attach(
        &mut self,
        state: &reeve_core::State,
        worker: reeve_core::name::WorkerId,
        holds: &[(reeve_core::name::TaskId, reeve_core::name::Token)],
        mono_ms: u64,
    ) -> Result<Vec<Keep>, Refused> {
        let known = state.worker(worker).filter(|known| known.alive);
        let known = known.ok_or_else(|| Refused::Impossible("this session is no more".into()))?;
        if !self.fleet.attach(worker) {
            return Err(Refused::Busy { retry_ms: limits::DESK_FULL_RETRY_MS });
        }
        if self.sessions.keepalive(worker, 0, mono_ms) == Kept::Unknown {
            self.sessions.opened(worker, known.ttl_ms, mono_ms);
        }
        let orders: Vec<_> = reeve_core::effect::outstanding(state)
            .into_iter()
            .filter(|effect| effect.holding.worker == worker)
            .collect();
        let listed: Vec<Listed> = holds
            .iter()
            .map(|(task, token)| Listed { task: *task, token: *token, reported: false })
            .collect();
        let again = reattach(&orders, &listed);
        holds.iter().for_each(|(_, token)| self.offers.acknowledged(*token));
        self.own.extend(again.lost.into_iter().map(reeve_core::command::Command::from));
        self.own.extend(again.stopped.into_iter().map(reeve_core::command::Command::from));
        Ok(again.told.into_iter().map(keep).collect())
    }
}

const fn keep(told: Told) -> Keep {
    match told {
        Told::Keep => Keep::Keep,
        Told::Drop => Keep::Drop,
        Told::ReportAgain => Keep::Report,
    }
}
