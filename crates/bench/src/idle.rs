//! What three nodes cost that have nothing to do.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::limits::SETTLE;
use crate::load::ratio;
use crate::machine::Machine;
use crate::record::{Aim, Record, Said};
use crate::servers::Servers;
use crate::{Fault, Setup};

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// For how long.
    pub length: Duration,
}

/// Measures it.
///
/// # Errors
/// There is no measurement.
pub fn run(setup: &Setup, plan: &Plan) -> Result<Record, Fault> {
    let machine = Machine::here(&setup.folder)?;
    let begun = Instant::now();
    let mut runs = Vec::new();
    for run in 1..=setup.runs {
        setup.tell(&format!("run {run} of {}: idle for {} s", setup.runs, plan.length.as_secs()));
        let servers = Servers::together(setup, 3, &[])?;
        sleep(SETTLE);
        let (before, clock) = (servers.spent_alone()?, Instant::now());
        sleep(plan.length);
        let (spent, millis) = (servers.spent_alone()?.since(&before), clock.elapsed().as_millis());
        servers.stand()?;
        let millis = u64::try_from(millis).unwrap_or(u64::MAX);
        let share = ratio(spent.usage.cpu_us, millis * 10);
        let figures = vec![
            ("CPU % of a core", share),
            ("entries appended", ratio(spent.entries, 1)),
            ("log syncs", ratio(spent.syncs, 1)),
            ("disk B/s", ratio(spent.usage.written * 1_000, millis)),
            ("switches/s", ratio(spent.usage.switches * 1_000, millis)),
            ("MiB/node", ratio(spent.usage.resident, spent.nodes << 20)),
        ];
        runs.push(vec![Said { what: "three nodes together".into(), figures }]);
    }
    let about = format!(
        "Three server processes with no tasks, no clients and no workers, over {} s. All stood at its end.",
        plan.length.as_secs()
    );
    let mut record = Record::of("idle", about, machine, begun.elapsed(), &runs);
    let of =
        |name: &str| record.figure("three nodes together", name).map_or(f64::NAN, |figure| figure.median);
    let aims = [
        Aim::at_most("CPU of all three, at most 2 % of a core", of("CPU % of a core"), 2.0),
        Aim::at_most("entries appended, none", of("entries appended"), 0.0),
    ];
    record.aims.extend(aims);
    Ok(record)
}
