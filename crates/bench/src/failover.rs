//! How long nobody is acknowledged when the leader is killed.

use std::thread::sleep;
use std::time::{Duration, Instant};

use reeve_core::name::TaskId;
use tokio::runtime::Handle;

use crate::limits::{AFTER_KILL, BEFORE_KILL, LOOK_EVERY};
use crate::machine::Machine;
use crate::record::{Aim, Record, Said};
use crate::servers::{Servers, down};
use crate::steady::{self, Steady};
use crate::tally::Tally;
use crate::{Fault, Setup};

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many leaders are killed.
    pub kills: usize,
    /// Proposals a second.
    pub rate: u32,
}

/// What was seen from one side.
struct Side {
    name: &'static str,
    gaps: Tally,
    slowest: Tally,
}

impl Side {
    fn new(name: &'static str) -> Self {
        Self { name, gaps: Tally::new(), slowest: Tally::new() }
    }

    fn note(&mut self, gap: Duration, slowest: &Tally) {
        self.gaps.note(gap);
        self.slowest.note(Duration::from_secs_f64(slowest.spectrum().max_ms / 1e3));
    }

    fn said(&self) -> Said {
        let (gaps, slowest) = (self.gaps.spectrum(), self.slowest.spectrum());
        let figures = vec![
            ("gap p50 ms", gaps.p50_ms),
            ("gap p95 ms", gaps.p95_ms),
            ("gap max ms", gaps.max_ms),
            ("slowest proposal p50 ms", slowest.p50_ms),
            ("slowest proposal max ms", slowest.max_ms),
        ];
        Said { what: format!("{} ({} kills)", self.name, self.gaps.len()), figures }
    }
}

/// Measures it.
///
/// # Errors
/// There is no measurement, or something was lost.
pub fn run(setup: &Setup, plan: &Plan, on: &Handle) -> Result<Record, Fault> {
    let machine = Machine::here(&setup.folder)?;
    let begun = Instant::now();
    let mut servers = Servers::together(setup, 3, &[])?;
    let mut all = Side::new("every client");
    let mut sides = [Side::new("client that asked the leader"), Side::new("client that asked a follower")];
    let (mut tasks, mut doubtful) = (Vec::<TaskId>::new(), 0);
    for kill in 0..plan.kills {
        setup.tell(&format!("kill {} of {}", kill + 1, plan.kills));
        let leader = servers.town.led().map_err(down)?;
        let first = if kill.is_multiple_of(2) { leader } else { leader % 3 + 1 };
        let door = on.block_on(async { servers.door(first) })?;
        let stream = Steady::begin(on, &door, plan.rate, format!("kill{kill}"));
        sleep(BEFORE_KILL);
        let killed = Instant::now();
        servers.town.kill(leader).map_err(down)?;
        sleep(AFTER_KILL);
        let calls = stream.end(on)?;
        let from = killed.checked_sub(LOOK_EVERY).unwrap_or(killed);
        let gap = steady::gap(&calls, from, killed + AFTER_KILL);
        let slowest = steady::latency(&calls, from, killed + AFTER_KILL);
        for side in [&mut all, &mut sides[kill % 2]] {
            side.note(gap, &slowest);
        }
        let (own, unknown) = steady::tasks(&calls);
        tasks.extend(own);
        doubtful += unknown;
        servers.town.start(leader).map_err(down)?;
        let ready = |town: &reeve_town::Town| town.numbers().all(|number| town.ready(number));
        servers.until("the killed server to be ready again", LOOK_EVERY, ready)?;
    }
    servers.verify(&tasks, doubtful)?;
    let p95_ms = all.gaps.spectrum().p95_ms;
    let mut lines = vec![all.said()];
    lines.extend(sides.iter().filter(|side| !side.gaps.is_empty()).map(Side::said));
    let about = format!(
        "Three server processes; {} proposals a second through the public door, each with a key and whether or not the \
         earlier ones were answered; the leader is killed (SIGKILL), and started again before the next. The gap is the \
         longest time without an acknowledgement. Every one of {} acknowledged tasks was on disk afterwards, once; {doubtful} \
         proposals ended without an answer.",
        plan.rate,
        tasks.len(),
    );
    let mut record = Record::of("failover", about, machine, begun.elapsed(), &[lines]);
    record.aims.push(Aim::at_most("gap, p95, at most 1,000 ms", p95_ms, 1_000.0));
    Ok(record)
}
