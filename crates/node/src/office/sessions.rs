//! Worker sessions as the open office keeps them alive: in memory only, and no keepalive costs an entry.
//!
//! Three promises. A new office restarts every time to live in full, so none expires early. A keepalive is acknowledged
//! only after a quorum was in contact later than it came. And once the expiry of a session is decided, it is never
//! acknowledged again, unless the proposal was certainly not accepted.
//!
//! Deadlines are lazy: a keepalive only notes when it came, and the ordered set learns of it when the deadline on file
//! falls due. What the law knows of sessions is not here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use reeve_core::name::WorkerId;

use crate::limits;

/// Where a session stands with this office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It lives, and this deadline is on file: not later than the true one, except to try again after a failure.
    Alive { filed_ms: u64 },
    /// Its end is decided; here, at this time, or elsewhere.
    Expiring { died_ms: Option<u64> },
}

#[derive(Clone, Copy, Debug)]
struct Session {
    ttl_ms: u64,
    /// When it was heard last, or opened. What lies before the last restart does not count.
    heard_ms: u64,
    standing: Standing,
    /// Its keepalives in the queue.
    waiting: u8,
}

impl Session {
    const fn is_alive(&self) -> bool {
        matches!(self.standing, Standing::Alive { .. })
    }
}

/// A keepalive that waits for quorum contact.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    came_ms: u64,
    worker: WorkerId,
    number: u64,
}

/// What a keepalive did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The session is renewed; the acknowledgement waits for quorum contact.
    Waits,
    /// The session is renewed; enough earlier keepalives wait already, and this one is not acknowledged.
    Renewed,
    /// Its expiry is decided: never acknowledged.
    Expiring,
    /// No such session.
    Unknown,
}

/// A keepalive to be acknowledged now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Acknowledge {
    /// The session.
    pub worker: WorkerId,
    /// The worker's own number of the keepalive.
    pub number: u64,
}

/// A session whose worker was silent for its time to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpireDecision {
    /// The session.
    pub worker: WorkerId,
    /// Whether its tasks may be to blame.
    pub charged: bool,
}

/// The sessions of an open office.
#[derive(Clone, Debug)]
pub struct Sessions {
    sessions: BTreeMap<WorkerId, Session>,
    /// The deadlines on file, one for each living session.
    filed: BTreeSet<(u64, WorkerId)>,
    /// In the order of arrival.
    waiting: VecDeque<Waiting>,
    /// When all times to live began anew.
    restarted_ms: u64,
    looked_ms: u64,
    /// Deaths of the last while: when, and how many.
    deaths: VecDeque<(u64, usize)>,
    /// How many living sessions were silent for half their time when that was last counted, and when.
    silent: Option<(u64, usize)>,
}

impl Sessions {
    /// An office that opens now; its sessions are told by [`Sessions::opened`].
    #[must_use]
    pub const fn new(mono_ms: u64) -> Self {
        Self {
            sessions: BTreeMap::new(),
            filed: BTreeSet::new(),
            waiting: VecDeque::new(),
            restarted_ms: mono_ms,
            looked_ms: mono_ms,
            deaths: VecDeque::new(),
            silent: None,
        }
    }

    /// The state has this session, from before or from now on.
    pub fn opened(&mut self, worker: WorkerId, ttl_ms: u64, mono_ms: u64) {
        if self.sessions.contains_key(&worker) {
            return;
        }
        if self.filed.is_empty() {
            // Nobody looked while there was nothing to look at.
            self.looked_ms = self.looked_ms.max(mono_ms);
        }
        let filed_ms = mono_ms.saturating_add(ttl_ms);
        let standing = Standing::Alive { filed_ms };
        self.sessions.insert(worker, Session { ttl_ms, heard_ms: mono_ms, standing, waiting: 0 });
        self.filed.insert((filed_ms, worker));
    }

    /// The state has this session no longer.
    pub fn closed(&mut self, worker: WorkerId) {
        if let Some(Session { standing: Standing::Alive { filed_ms }, .. }) = self.sessions.remove(&worker) {
            self.filed.remove(&(filed_ms, worker));
        }
    }

    /// How many sessions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// All times to live begin anew, in full: the office opens, or the cluster was away. Costs nothing now.
    pub fn restart_all(&mut self, mono_ms: u64) {
        self.restarted_ms = self.restarted_ms.max(mono_ms);
        self.silent = None;
    }

    /// A keepalive came. Between its arrival and this call nothing else was asked of the office.
    pub fn keepalive(&mut self, worker: WorkerId, number: u64, mono_ms: u64) -> Kept {
        let Some(session) = self.sessions.get_mut(&worker) else { return Kept::Unknown };
        if !session.is_alive() {
            return Kept::Expiring;
        }
        session.heard_ms = session.heard_ms.max(mono_ms);
        if session.waiting >= limits::KEEPALIVES_WAITING_MAX {
            return Kept::Renewed;
        }
        session.waiting += 1;
        // The queue is in the order of arrival even if the clock is not: late is safe, early is not.
        let came_ms = self.waiting.back().map_or(mono_ms, |last| last.came_ms.max(mono_ms));
        self.waiting.push_back(Waiting { came_ms, worker, number });
        Kept::Waits
    }

    /// A quorum was in contact at this instant, which is when the question was sent that it answered: what came no later
    /// is acknowledged. The clock's grain is covered by the margin that workers keep.
    pub fn quorum_seen(&mut self, at_mono_ms: u64) -> Vec<Acknowledge> {
        let mut released = Vec::new();
        while let Some(first) = self.waiting.front().copied().filter(|first| first.came_ms <= at_mono_ms) {
            self.waiting.pop_front();
            let Some(session) = self.sessions.get_mut(&first.worker) else { continue };
            session.waiting = session.waiting.saturating_sub(1);
            if session.is_alive() {
                released.push(Acknowledge { worker: first.worker, number: first.number });
            }
        }
        released
    }

    /// The end of a session is about to be proposed, whoever decided it: it is never acknowledged again.
    pub fn expiring(&mut self, worker: WorkerId) {
        let Some(session) = self.sessions.get_mut(&worker) else { return };
        if let Standing::Alive { filed_ms } = session.standing {
            self.filed.remove(&(filed_ms, worker));
            session.standing = Standing::Expiring { died_ms: None };
        }
    }

    /// That proposal was certainly not accepted. An unknown outcome is not this.
    pub fn expiry_failed(&mut self, worker: WorkerId, mono_ms: u64) {
        let Some(session) = self.sessions.get_mut(&worker) else { return };
        let Standing::Expiring { died_ms } = session.standing else { return };
        let filed_ms = mono_ms.saturating_add(limits::EXPIRY_AGAIN_MS);
        session.standing = Standing::Alive { filed_ms };
        self.filed.insert((filed_ms, worker));
        // It did not die then; the next decision counts it once.
        if let Some((_, count)) = self.deaths.iter_mut().find(|(at_ms, _)| Some(*at_ms) == died_ms) {
            *count = count.saturating_sub(1);
        }
    }

    /// When to look again; `None` if there is nothing to look at.
    #[must_use]
    pub fn next_due(&self) -> Option<u64> {
        let (first_ms, _) = self.filed.first()?;
        Some((*first_ms).min(self.looked_ms.saturating_add(limits::PULSE_MS)))
    }

    /// Decides which sessions have died, at most `max`. From here on they are [expiring](Sessions::expiring): each
    /// decision is proposed, or taken back by [`Sessions::expiry_failed`].
    ///
    /// A death is charged if this office heard the session since all times to live began, and not many die at once.
    pub fn due(&mut self, mono_ms: u64, max: usize) -> Vec<ExpireDecision> {
        let paused_ms = mono_ms.saturating_sub(self.looked_ms);
        self.looked_ms = self.looked_ms.max(mono_ms);
        if paused_ms > limits::AWAY_MS && !self.sessions.is_empty() {
            self.restart_all(mono_ms);
        }
        let mut dead = Vec::new();
        for _ in 0..limits::REFILED_PER_LOOK.saturating_add(max) {
            let Some((filed_ms, worker)) = self.filed.first().copied() else { break };
            if filed_ms > mono_ms || dead.len() >= max {
                break;
            }
            self.filed.pop_first();
            let session = self.sessions.get_mut(&worker).expect("a deadline on file belongs to a session");
            let due_ms = session.heard_ms.max(self.restarted_ms).saturating_add(session.ttl_ms);
            if due_ms > mono_ms {
                session.standing = Standing::Alive { filed_ms: due_ms };
                self.filed.insert((due_ms, worker));
            } else {
                session.standing = Standing::Expiring { died_ms: Some(mono_ms) };
                dead.push(ExpireDecision { worker, charged: session.heard_ms > self.restarted_ms });
            }
        }
        if !dead.is_empty() && self.are_many(dead.len(), mono_ms) {
            dead.iter_mut().for_each(|decision| decision.charged = false);
        }
        dead
    }

    /// Whether so many new deaths, with those of the last while and those that seem to come, have a cause of their own.
    fn are_many(&mut self, new: usize, mono_ms: u64) -> bool {
        let old = |at_ms: u64| mono_ms.saturating_sub(at_ms) > limits::DEATHS_WINDOW_MS;
        while self.deaths.front().is_some_and(|(at_ms, _)| old(*at_ms)) {
            self.deaths.pop_front();
        }
        match self.deaths.back_mut() {
            Some((at_ms, count)) if *at_ms == mono_ms => *count += new,
            Some(_) | None => self.deaths.push_back((mono_ms, new)),
        }
        let died: usize = self.deaths.iter().map(|(_, count)| count).sum();
        let (lost, fleet) = (died + self.silent(new, mono_ms), died + self.filed.len());
        lost >= limits::DEATHS_MANY_MIN && lost * 100 >= fleet * limits::DEATHS_MANY_PERCENT
    }

    /// Living sessions that were silent for more than half their time, which is longer than any interval of keepalives:
    /// the rest of a wave whose first have fallen due. Counted once in a while; meanwhile the `new` dead no longer live.
    fn silent(&mut self, new: usize, mono_ms: u64) -> usize {
        let (at_ms, count) = match self.silent {
            Some((at_ms, count)) if mono_ms.saturating_sub(at_ms) < limits::FLEET_COUNT_MS => {
                (at_ms, count.saturating_sub(new))
            }
            Some(_) | None => {
                let silent = |session: &&Session| {
                    let heard_ms = session.heard_ms.max(self.restarted_ms);
                    session.is_alive() && mono_ms.saturating_sub(heard_ms) > session.ttl_ms / 2
                };
                (mono_ms, self.sessions.values().filter(silent).count())
            }
        };
        self.silent = Some((at_ms, count));
        count
    }
}

#[cfg(test)]
mod tests {
    use reeve_core::name::{Era, Name, Revision};

    use super::*;

    const TTL: u64 = 10_000;

    fn worker(number: u64) -> WorkerId {
        WorkerId(Name::new(Era::default(), Revision(number), 0))
    }

    /// Sessions 1..=count, opened at the very start.
    fn fleet(count: u64) -> Sessions {
        let mut sessions = Sessions::new(0);
        (1..=count).for_each(|number| sessions.opened(worker(number), TTL, 0));
        sessions
    }

    /// Looks every pulse from `from_ms` up to `to_ms`, with keepalives of `alive` on the way.
    fn pass(sessions: &mut Sessions, from_ms: u64, to_ms: u64, alive: &[u64]) -> Vec<(u64, ExpireDecision)> {
        let mut dead = Vec::new();
        for mono_ms in (from_ms..=to_ms).step_by(100) {
            for number in alive {
                sessions.keepalive(worker(*number), mono_ms, mono_ms);
            }
            dead.extend(sessions.due(mono_ms, 100).into_iter().map(|decision| (mono_ms, decision)));
        }
        dead
    }

    #[test]
    fn a_session_dies_of_silence_and_not_before() {
        let mut sessions = fleet(8);
        let dead = pass(&mut sessions, 100, 5_000, &[1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(dead, []);
        let dead = pass(&mut sessions, 5_100, 20_000, &[1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(dead, [(15_000, ExpireDecision { worker: worker(8), charged: true })]);
        assert_eq!(sessions.keepalive(worker(8), 1, 20_000), Kept::Expiring);
        sessions.closed(worker(8));
        assert_eq!(sessions.keepalive(worker(8), 1, 20_000), Kept::Unknown);
    }

    #[test]
    fn what_came_later_than_the_quorum_waits_on() {
        let mut sessions = fleet(2);
        assert_eq!(sessions.keepalive(worker(1), 71, 100), Kept::Waits);
        assert_eq!(sessions.keepalive(worker(2), 81, 101), Kept::Waits);
        assert_eq!(sessions.quorum_seen(99), []);
        assert_eq!(sessions.quorum_seen(100), [Acknowledge { worker: worker(1), number: 71 }]);
        assert_eq!(sessions.quorum_seen(100), [], "once only");
        assert_eq!(sessions.quorum_seen(500), [Acknowledge { worker: worker(2), number: 81 }]);
    }

    #[test]
    fn a_clock_that_steps_back_acknowledges_nothing_early() {
        let mut sessions = fleet(2);
        sessions.keepalive(worker(1), 1, 100);
        sessions.keepalive(worker(2), 2, 50);
        assert_eq!(sessions.quorum_seen(99), []);
        assert_eq!(sessions.quorum_seen(100).len(), 2);
    }

    #[test]
    fn a_flood_of_keepalives_renews_but_does_not_pile_up() {
        let mut sessions = fleet(1);
        let kept: Vec<Kept> = (0..6).map(|number| sessions.keepalive(worker(1), number, number)).collect();
        assert_eq!(kept[3..], [Kept::Waits, Kept::Renewed, Kept::Renewed]);
        assert_eq!(sessions.quorum_seen(1).len(), 2);
        assert_eq!(sessions.keepalive(worker(1), 9, 9), Kept::Waits);
        let numbers: Vec<u64> = sessions.quorum_seen(9).iter().map(|ack| ack.number).collect();
        assert_eq!(numbers, [2, 3, 9]);
    }

    #[test]
    fn once_expiring_never_acknowledged_unless_it_certainly_failed() {
        let mut sessions = fleet(1);
        sessions.keepalive(worker(1), 1, 10);
        sessions.expiring(worker(1));
        assert_eq!(sessions.keepalive(worker(1), 2, 20), Kept::Expiring);
        assert_eq!(sessions.quorum_seen(30), []);
        assert_eq!(sessions.next_due(), None);
        sessions.expiry_failed(worker(1), 40);
        assert_eq!(sessions.keepalive(worker(1), 3, 50), Kept::Waits);
        assert_eq!(sessions.quorum_seen(60), [Acknowledge { worker: worker(1), number: 3 }]);
        assert_eq!(pass(&mut sessions, 60, 10_000, &[]), []);
    }

    #[test]
    fn a_failed_expiry_is_decided_again() {
        let mut sessions = fleet(1);
        assert_eq!(pass(&mut sessions, 100, 10_000, &[]).len(), 1);
        assert_eq!(pass(&mut sessions, 10_100, 12_000, &[]), [], "decided once");
        sessions.expiry_failed(worker(1), 12_000);
        assert_eq!(sessions.next_due(), Some(12_000 + limits::EXPIRY_AGAIN_MS));
        assert_eq!(pass(&mut sessions, 12_000, 12_200, &[]).len(), 1);
    }

    #[test]
    fn a_restart_gives_all_their_time_in_full_and_charges_nobody_unheard() {
        let mut sessions = fleet(8);
        pass(&mut sessions, 100, 9_900, &[]);
        sessions.restart_all(9_900);
        let dead = pass(&mut sessions, 10_000, 19_900, &[2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(dead, [(19_900, ExpireDecision { worker: worker(1), charged: false })]);
    }

    #[test]
    fn an_office_that_was_stopped_itself_kills_nobody() {
        let mut sessions = fleet(3);
        assert_eq!(pass(&mut sessions, 100, 5_000, &[1, 2, 3]), []);
        assert_eq!(sessions.due(60_000, 100), []);
        assert_eq!(pass(&mut sessions, 60_100, 69_900, &[]), []);
        let dead = pass(&mut sessions, 70_000, 70_000, &[]);
        assert_eq!(dead.len(), 3);
        assert!(dead.iter().all(|(_, decision)| !decision.charged));
    }

    #[test]
    fn many_at_once_are_not_charged_not_even_the_first() {
        let mut sessions = fleet(20);
        let all: Vec<u64> = (1..=20).collect();
        pass(&mut sessions, 100, 5_000, &all);
        // The first five fall silent within two seconds.
        pass(&mut sessions, 5_100, 6_000, &all[1..]);
        pass(&mut sessions, 6_100, 7_000, &all[4..]);
        let dead = pass(&mut sessions, 7_100, 30_000, &all[5..]);
        assert_eq!(dead.len(), 5);
        assert!(dead.iter().all(|(_, decision)| !decision.charged), "{dead:?}");
    }

    #[test]
    fn few_deaths_are_charged() {
        let mut sessions = fleet(20);
        let all: Vec<u64> = (1..=20).collect();
        pass(&mut sessions, 100, 5_000, &all);
        let dead = pass(&mut sessions, 5_100, 30_000, &all[4..]);
        assert_eq!(dead.iter().filter(|(_, decision)| decision.charged).count(), 4);
    }

    #[test]
    fn a_look_decides_no_more_than_it_was_asked_to() {
        let mut sessions = fleet(10);
        pass(&mut sessions, 100, 9_900, &[]);
        assert_eq!(sessions.due(10_000, 3).len(), 3);
        assert_eq!(sessions.next_due(), Some(10_000));
        assert_eq!(sessions.due(10_000, 100).len(), 7);
        assert_eq!(sessions.next_due(), None);
    }

    #[test]
    fn what_is_told_twice_changes_nothing() {
        let mut sessions = fleet(1);
        sessions.expiring(worker(1));
        sessions.opened(worker(1), TTL, 500);
        assert_eq!((sessions.len(), sessions.is_empty()), (1, false));
        assert_eq!(sessions.keepalive(worker(1), 1, 600), Kept::Expiring);
    }

    #[test]
    fn an_expiry_that_fails_and_fails_counts_as_one_death() {
        let mut sessions = fleet(8);
        let all: Vec<u64> = (1..=8).collect();
        pass(&mut sessions, 100, 5_000, &all);
        for mono_ms in (5_100..=20_000).step_by(100) {
            pass(&mut sessions, mono_ms, mono_ms, &all[1..]).iter().for_each(|(_, decision)| {
                assert!(decision.charged);
                sessions.expiry_failed(decision.worker, mono_ms);
            });
        }
    }
}
