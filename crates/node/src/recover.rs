//! The way out when a majority is lost for good: one replica goes on alone, in the next era of the same cluster.
//!
//! Everything that its disk has counts from then on, the end of its log too: what may have been acknowledged is not thrown
//! away. What only the lost had is lost. Their history may have gone on, so the era is raised: no name of theirs comes
//! again, and nobody who remembers the old era is listened to.
//!
//! One atomic flush of the book decides: before it the folder is what it was, after it the folder is recovered. The hard
//! state follows, and last the log begins anew behind the state, so that newcomers get the state and never the old log. A
//! start makes up for whatever a crash left undone.
//!
//! What must never be here: the decision to do it. That is a person's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

use reeve_core::State;
use reeve_core::change::Changes;
use reeve_core::name::Revision;
use reeve_store::Fault;
use reeve_store::book::{Applied, Noted};
use reeve_store::engine::Engine;
use reeve_store::fault::FaultKind;
use reeve_store::hard::Hard;
use reeve_store::log::{Course, EntryKind, Log, LogEntry, LogId, reconcile};
use reeve_store::look::Look;
use reeve_store::start::{self, Found, Remembered};

use crate::fold::Fold;
use crate::limits;
use crate::member::{Member, Membership, Wish};
use crate::message::Identity;

/// Who voted when a cluster was left, and how far a disk of it would bring the cluster back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// The last entry that would count.
    pub reach: Option<LogId>,
    /// The membership that is the last on this disk.
    pub membership: Membership,
}

/// What recovering a disk would bring back.
///
/// # Errors
/// What the log or the book says.
pub fn prospect<E: Engine>(look: &Look<E>) -> Result<Prospect, Fault> {
    let applied = look.applied().map_err(Fault::clone)?;
    let mut prospect = Prospect { reach: applied.id, membership: Membership::default() };
    let mut membership = applied.membership.clone();
    if let Some(log) = look.log.as_ref().map_err(Fault::clone)? {
        each_after(log, &applied, |entry| {
            prospect.reach = Some(entry.id);
            if entry.kind == EntryKind::Membership {
                membership = entry.payload;
            }
            Ok(())
        })?;
    }
    if !membership.is_empty() {
        prospect.membership = Membership::decode(&membership)?;
    }
    Ok(prospect)
}

/// A cluster of one that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Who it is now.
    pub identity: Identity,
    /// The last entry of the old era that counts.
    pub last: LogId,
    /// How many entries were in its log and not in its state; they are now.
    pub replayed: u64,
}

/// Makes the replica on this disk the only member of its cluster, in the next era. `me` is where it is, unless it was a
/// member before: then that is known.
///
/// # Errors
/// Nothing to recover, damage, or a disk that does not answer. Either nothing has happened then, or the recovery is brought
/// to its end by the next start.
pub fn recover<E: Engine>(disk: &E::Disk, me: Member) -> Result<Recovered, Fault> {
    let Found::Replica(memory) = start::open::<E>(disk)? else {
        return Err(Fault::new(FaultKind::Foreign, "", "there is no replica in this folder"));
    };
    let Remembered { hard, log, writer, book, lock, .. } = *memory;
    let state = RwLock::new(book.load()?);
    let mut fold = Fold::new(book);
    let mut replayed = 0;
    let before = fold.applied().clone();
    each_after(&log, &before, |entry| {
        replayed += 1;
        fold.take(entry, &state).map(drop)
    })?;
    let Some(last) = fold.applied().id else {
        return Err(Fault::new(FaultKind::Foreign, "", "this replica has nothing that could be recovered"));
    };
    let (applied, changes) = next_era(&hard, fold.applied(), &state, me)?;
    let now_ms = state.read().unwrap_or_else(PoisonError::into_inner).now_ms();
    fold.book().note(Noted { applied, now_ms, changes: &changes, bodies: &[], events: &[] });
    // From here on the folder is recovered.
    fold.book().flush()?;
    drop((fold, log, writer, lock));
    finish::<E>(disk, last, replayed)
}

/// Shows the entries that the state lacks, as far as the log still has the next one.
fn each_after<E: Engine>(
    log: &Log<E>,
    applied: &Applied,
    mut show: impl FnMut(LogEntry) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let (purged, last) = log.state();
    match reconcile(purged, last, applied.id) {
        Course::Replay => {}
        // The state is beyond the log, or the log no longer has what comes next.
        Course::Reset(_) | Course::Reseed => return Ok(()),
    }
    let mut next = applied.id.map_or(0, |id| id.index + 1);
    loop {
        let entries = log.read(next, u64::MAX, limits::RECOVER_BYTES)?;
        let Some(last) = entries.last() else { return Ok(()) };
        next = last.id.index + 1;
        entries.into_iter().try_for_each(&mut show)?;
    }
}

/// The state as the next era begins with it, as if an entry had brought that about.
fn next_era(
    hard: &Hard,
    before: &Applied,
    state: &RwLock<State>,
    me: Member,
) -> Result<(Applied, Changes), Fault> {
    let node = hard.identity.node;
    let known = match &before.membership[..] {
        [] => BTreeMap::new(),
        written => Membership::decode(written)?.members,
    };
    let found = before.id.unwrap_or_default();
    let mark = hard.mark.unwrap_or_default();
    // Later than anything that this replica knows of: no promise of the old era binds, and no number of a node comes again.
    let numbers = [found.index, mark.index, node].into_iter().chain(known.keys().copied());
    let terms = [found.term, mark.term, hard.vote.map_or(0, |vote| vote.term)];
    let id = LogId { term: terms.into_iter().fold(0, u64::max) + 1, index: numbers.fold(0, u64::max) + 1 };
    let member = known.get(&node).cloned().unwrap_or(me);
    let alone = Membership {
        voters: vec![BTreeSet::from([node])],
        members: BTreeMap::from([(node, Member { wish: Wish::Vote, ..member })]),
    };
    let payload = bytes::Bytes::from(alone.encode());
    let mut state = state.write().unwrap_or_else(PoisonError::into_inner);
    let changes = state
        .begin_era(Revision(id.index))
        .ok_or_else(|| Fault::new(FaultKind::Foreign, "", "this cluster has used up its eras"))?;
    let entry = LogEntry { id, kind: EntryKind::Membership, payload: payload.clone() };
    let applied = Applied {
        id: Some(id),
        revision: Revision(id.index),
        digest: state.digest(),
        chain: before.chain.link(&entry),
        membership_id: Some(id),
        membership: payload,
        era: state.era(),
    };
    Ok((applied, changes))
}

/// Brings hard state and log where the state is, as any start would.
fn finish<E: Engine>(disk: &E::Disk, last: LogId, replayed: u64) -> Result<Recovered, Fault> {
    let Found::Replica(memory) = start::open::<E>(disk)? else {
        return Err(Fault::damaged("", "what was recovered is gone"));
    };
    let reeve_store::hard::Identity { cluster, node, era, group } = memory.hard.identity;
    Ok(Recovered { identity: Identity { cluster, group, era, node }, last, replayed })
}
