//! The bench: the willing workers of one choice, best first for each class.
//!
//! Within one choice a worker only ever gets fuller. So whoever was unfit for a class stays unfit, and ranks only get
//! worse; that is why each class looks at each worker once, and at few of them if the best ones fit.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use reeve_core::State;
use reeve_core::class::{Burden, Resources};
use reeve_core::intern::ClassId;
use reeve_core::name::WorkerId;

use crate::matcher::fleet::{Fleet, Session};
use crate::matcher::limits;

/// The order of workers: the greatest free share of slots, the least load, the longest without a grant, the first born.
type Rank = (Reverse<u64>, u16, u64, WorkerId);

/// A share of one is so many parts.
const WHOLE: u64 = 1_000_000;

struct Seat {
    worker: WorkerId,
    slots: u32,
    used: u32,
    session: Session,
    /// Charged more, and less, than the state says.
    more: Burden,
    less: Burden,
    /// Its rank when the choice began.
    first_rank: Rank,
}

/// The workers found fit for a class so far.
#[derive(Default)]
struct Suitors {
    /// Seats from here on were not looked at.
    next: usize,
    fit: BinaryHeap<Reverse<(Rank, usize)>>,
}

/// The willing workers of one choice.
pub(super) struct Bench {
    /// By their ranks when the choice began.
    seats: Vec<Seat>,
    suitors: BTreeMap<ClassId, Suitors>,
    next_grant: u64,
    /// Whether all willing workers are here.
    whole: bool,
    /// Where the next window begins; none if this one reached the end.
    pub rest: Option<WorkerId>,
}

impl Seat {
    fn new(state: &State, fleet: &Fleet, worker: WorkerId, session: Session) -> Option<Self> {
        let room = state.room(worker).filter(|room| !room.draining)?;
        let (more, less) = fleet.burdens(worker).cloned().unwrap_or_default();
        let used = room.used_slots.saturating_add(more.slots()).saturating_sub(less.slots());
        let mut seat = Self {
            worker,
            slots: room.slots,
            used,
            session,
            more,
            less,
            first_rank: (Reverse(0), 0, 0, worker),
        };
        seat.first_rank = seat.rank();
        seat.is_open().then_some(seat)
    }

    const fn is_open(&self) -> bool {
        self.used < self.slots && self.session.credits > 0
    }

    fn rank(&self) -> Rank {
        let free = u64::from(self.slots.saturating_sub(self.used)) * WHOLE / u64::from(self.slots.max(1));
        (Reverse(free), self.session.load, self.session.last_grant, self.worker)
    }

    fn fits(&self, state: &State, class: ClassId) -> bool {
        self.is_open() && state.may_run(class, self.worker, &self.more, &self.less).is_ok()
    }
}

impl Bench {
    /// The workers of the present window that have credits and a free slot.
    pub(super) fn gather(state: &State, fleet: &Fleet) -> Self {
        let mut willing = fleet.willing_after(fleet.windows.worker);
        let (mut seats, mut last) = (Vec::new(), None);
        for (worker, session) in willing.by_ref().take(limits::WORKERS_PER_CHOICE) {
            seats.extend(Seat::new(state, fleet, worker, *session));
            last = Some(worker);
        }
        let rest = willing.next().and(last);
        seats.sort_unstable_by_key(|seat: &Seat| seat.first_rank);
        let whole = fleet.windows.worker.is_none() && rest.is_none();
        Self { seats, suitors: BTreeMap::new(), next_grant: fleet.next_grant(), whole, rest }
    }

    /// How many workers a class may have to be compared with. While workers come in several windows this is the same
    /// for all of them: each must see the same lanes before the lanes move on.
    pub(super) const fn seats(&self) -> usize {
        if self.whole { self.seats.len() } else { limits::WORKERS_PER_CHOICE }
    }

    /// The best worker for a task of this class, by its seat.
    pub(super) fn best(&mut self, state: &State, class: ClassId) -> Option<usize> {
        let Self { seats, suitors, .. } = self;
        let Suitors { next, fit } = suitors.entry(class).or_default();
        loop {
            let top = freshen(state, class, seats, fit);
            match seats.get(*next) {
                // Whoever was not looked at has no better rank now than when the choice began.
                Some(seat) if top.is_none_or(|(rank, _)| seat.first_rank < rank) => {
                    if seat.fits(state, class) {
                        fit.push(Reverse((seat.rank(), *next)));
                    }
                    *next += 1;
                }
                Some(_) | None => return top.map(|(_, at)| at),
            }
        }
    }

    /// Gives a task to the worker in this seat.
    pub(super) fn charge(&mut self, seat: usize, resources: &Resources) -> WorkerId {
        let seat = &mut self.seats[seat];
        seat.used += 1;
        seat.more.add(resources);
        seat.session.credits -= 1;
        seat.session.last_grant = self.next_grant;
        self.next_grant += 1;
        seat.worker
    }
}

/// The best of those that were found fit, by their ranks now.
fn freshen(
    state: &State,
    class: ClassId,
    seats: &[Seat],
    fit: &mut BinaryHeap<Reverse<(Rank, usize)>>,
) -> Option<(Rank, usize)> {
    loop {
        let Reverse((rank, at)) = fit.pop()?;
        let seat = &seats[at];
        if !seat.fits(state, class) {
            continue;
        }
        let now = seat.rank();
        fit.push(Reverse((now, at)));
        if now == rank {
            return Some((rank, at));
        }
    }
}
