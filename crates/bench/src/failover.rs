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
    let (mut tasks, mut unanswered) = (Vec::<TaskId>::new(), 0);
    for kill in 0..plan.kills {
        setup.tell(&format!("kill {} of {}", kill + 1, plan.kills));
        let leader = servers.town.led().map_err(down)?;
        let first = if kill.is_multiple_of(2) { leader } else { leader % 3 + 1 };
        let door = on.block_on(async { servers.door(first) })?;
        let stream = Steady::begin(on, &door, plan.rate, format!("kill{kill}"));
        sleep(BEFORE_KILL);
        // It may have changed meanwhile: who is killed must lead.
        let (leader, term) = servers.reign()?;
        let killed = Instant::now();
        servers.town.kill(leader).map_err(down)?;
        sleep(AFTER_KILL);
        let calls = stream.end(on)?;
        later(term, servers.reign()?.1)?;
        let from = killed.checked_sub(LOOK_EVERY).unwrap_or(killed);
        let gap = steady::gap(&calls, from, killed + AFTER_KILL);
        let slowest = steady::latency(&calls, from, killed + AFTER_KILL);
        for side in [&mut all, &mut sides[usize::from(first != leader)]] {
            side.note(gap, &slowest);
        }
        servers.town.start(leader).map_err(down)?;
        let ready = |town: &reeve_town::Town| town.numbers().all(|number| town.ready(number));
        servers.until("the killed server to be ready again", LOOK_EVERY, ready)?;
        unanswered += steady::unanswered(&calls);
        tasks.extend(on.block_on(steady::settle(&door, &calls))?);
    }
    servers.verify(&tasks)?;
    let p95_ms = all.gaps.spectrum().p95_ms;
    let mut lines = vec![all.said()];
    lines.extend(sides.iter().filter(|side| !side.gaps.is_empty()).map(Side::said));
    let about = format!(
        "Three server processes; {} proposals a second through the public door, each with a key and whether or not the \
         earlier ones were answered; the leader is killed (SIGKILL), and started again before the next. The gap is the \
         longest time without an acknowledgement. {unanswered} proposals ended without an answer, count as the slowest, and \
         were asked for again under their keys. Every one of {} acknowledged tasks was on disk afterwards, once, and nothing \
         else.",
        plan.rate,
        tasks.len(),
    );
    let mut record = Record::of("failover", about, machine, begun.elapsed(), &[lines]);
    record.aims.push(Aim::at_most("gap, p95, at most 1,000 ms", p95_ms, 1_000.0));
    Ok(record)
}

/// An office that was open before the kill says nothing of failover.
fn later(before: u64, after: u64) -> Result<(), Fault> {
    if after > before {
        return Ok(());
    }
    Err(Fault::Cluster(format!(
        "the leader of term {before} was killed, and the office is that of term {after}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_that_no_later_office_follows_is_no_failover() {
        assert!(later(7, 8).is_ok());
        assert!(later(7, 7).is_err() && later(7, 6).is_err());
    }
}
