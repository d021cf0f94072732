//! What a task costs the law itself, without a disk, a wire or a neighbour: a whole cycle of submit, grant and complete
//! beside many that wait, the codec of its entries, and a state from its records.

mod backlog;

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reeve_core::change::Key;
use reeve_core::codec::entry::{decode, encode};
use reeve_core::{LAW, State};

use self::backlog::{Backlog, Form};
use crate::limits::{CODEC_ROUNDS, LAW_BATCH};
use crate::load::ratio;
use crate::machine::Machine;
use crate::record::{Aim, Record, Said, number};
use crate::{Fault, Setup};

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many tasks wait beside the cycles, each its own state: few first.
    pub waiting: Vec<u32>,
    /// Tasks that ended before, of which the law remembers what it may.
    pub ended: u32,
    /// Cycles in one run.
    pub cycles: u32,
    /// Tasks of the state that is made from its records.
    pub tasks: u32,
}

const FORMS: [(Form, &str); 2] = [(Form::Apart, "apart"), (Form::Merged, "merged")];
const CYCLE: &str = "ns/cycle";
const ENTRY: &str = "µs/entry";
const REBUILD: &str = "ms";

/// Measures it.
///
/// # Errors
/// There is no measurement, or the law refused what it should not.
pub fn run(setup: &Setup, plan: &Plan) -> Result<Record, Fault> {
    let machine = Machine::here(&setup.folder)?;
    let begun = Instant::now();
    let mut backlogs = Vec::new();
    for size in &plan.waiting {
        setup.tell(&format!("a state with {} tasks that wait", number(f64::from(*size))));
        let mut backlog = Backlog::of(*size)?;
        backlog.cycles(Form::Apart, plan.ended);
        backlogs.push(backlog);
    }
    let whole = Backlog::of(plan.tasks)?;
    let mut runs = Vec::new();
    for run in 1..=setup.runs {
        setup.tell(&format!("run {run} of {}: cycles, codec, rebuild", setup.runs));
        let mut said = cycles(&mut backlogs, plan.cycles)?;
        said.extend(codec()?);
        said.extend(rebuild(whole.state())?);
        runs.push(said);
    }
    let about = format!(
        "Whole cycles in batches of {LAW_BATCH} beside so many tasks that wait in the queue, after {} others have come and \
         gone. Entries are made beforehand; what is timed is `apply` alone, with everything it leaves: records, events, \
         effects, replies, digest. \"Apart\" is three entries (submits, grants, completions), \"merged\" one (completions, \
         and submits with their grants by reference). Nothing was refused, and what was encoded or rebuilt was the same \
         afterwards.",
        number(f64::from(plan.ended)),
    );
    let mut record = Record::of("law", about, machine, begun.elapsed(), &runs);
    record.aims.extend(aims(&record, &plan.waiting));
    Ok(record)
}

fn cycles(backlogs: &mut [Backlog], cycles: u32) -> Result<Vec<Said>, Fault> {
    let mut said = Vec::new();
    for (form, name) in FORMS {
        for backlog in &mut *backlogs {
            // A fifth of what is measured goes before it: the others were in the caches.
            backlog.cycles(form, cycles / 5);
            let nanos = backlog.cycles(form, cycles);
            backlog.check()?;
            said.push(Said { what: beside(name, backlog.size()), figures: vec![(CYCLE, nanos)] });
        }
    }
    Ok(said)
}

/// The line of these cycles.
fn beside(form: &str, waiting: u32) -> String {
    format!("{form}, {} waiting", number(f64::from(waiting)))
}

fn codec() -> Result<Vec<Said>, Fault> {
    let entries = Backlog::of(LAW_BATCH)?.apart();
    let mut said = Vec::new();
    for (verb, entry) in ["submits", "grants", "completions"].iter().zip(&entries) {
        let bytes = Bytes::from(encode(entry));
        let read = || decode(entry.revision, black_box(&bytes), LAW);
        if read().as_ref() != Ok(entry) {
            return Err(Fault::Wrong(format!("an entry of {verb} is not read as it was written")));
        }
        let micros = [
            ("encode", rounds(|| drop(black_box(encode(black_box(entry)))))),
            ("decode", rounds(|| drop(black_box(read())))),
        ];
        let one = |(what, micros)| Said {
            what: format!("{what} {LAW_BATCH} {verb}"),
            figures: vec![(ENTRY, micros)],
        };
        said.extend(micros.map(one));
    }
    Ok(said)
}

/// How many microseconds it takes, on average; a fifth goes before and does not count.
fn rounds(mut one: impl FnMut()) -> f64 {
    (0..CODEC_ROUNDS / 5).for_each(|_| one());
    let start = Instant::now();
    (0..CODEC_ROUNDS).for_each(|_| one());
    nanos(start.elapsed(), u64::from(CODEC_ROUNDS)) / 1e3
}

fn rebuild(state: &State) -> Result<Vec<Said>, Fault> {
    let start = Instant::now();
    let records = state.records();
    let written = start.elapsed();
    let given = records.iter().map(|(key, bytes): &(Key, Vec<u8>)| Ok((*key, bytes)));
    let start = Instant::now();
    let rebuilt = State::from_records(state.revision(), state.digest(), given);
    let read = start.elapsed();
    let same = rebuilt.is_ok_and(|rebuilt| rebuilt.live() == state.live() && rebuilt.records() == records);
    if !same {
        return Err(Fault::Wrong("a state from its records is another state".into()));
    }
    let tasks = number(f64::from(state.live()));
    let one = |what: &str, took: Duration| Said {
        what: format!("{what} of {tasks} tasks"),
        figures: vec![(REBUILD, took.as_secs_f64() * 1e3)],
    };
    Ok(vec![one("the records of a state", written), one("a state from the records", read)])
}

/// How many nanoseconds one of so many took.
fn nanos(spent: Duration, of: u64) -> f64 {
    ratio(u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX), of)
}

/// A cycle is short, and hardly longer beside a thousand times as many that wait.
fn aims(record: &Record, waiting: &[u32]) -> Vec<Aim> {
    let (Some(few), Some(many)) = (waiting.first(), waiting.last()) else { return Vec::new() };
    let of = |form: &str, waiting: u32| {
        record.figure(&beside(form, waiting), CYCLE).map_or(f64::NAN, |figure| figure.median)
    };
    let mut aims: Vec<Aim> = Vec::new();
    for (_, form) in FORMS {
        let what = beside(form, *few);
        aims.push(Aim::at_most(&format!("{what}, at most 1,000 ns"), of(form, *few), 1_000.0));
        if few < many {
            let many_said = number(f64::from(*many));
            let what =
                format!("{form}, {many_said} against {} waiting, at most 1.5", number(f64::from(*few)));
            aims.push(Aim::at_most(&what, of(form, *many) / of(form, *few), 1.5));
        }
    }
    aims
}
