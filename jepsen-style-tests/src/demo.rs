//! A story of three servers, told while it happens: tasks are submitted, whoever leads is killed, another takes over, the
//! dead one comes back, and everything that was promised is there.

use std::io::Write;
use std::path::Path;
use std::thread::sleep;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use reeve_town::{Plan, Town};

use crate::limits::{CHAPTER, CLIENTS};
use crate::trial::Trial;

/// Tells, with the time of the story.
struct Teller<'a, W> {
    began: Instant,
    out: &'a mut W,
}

impl<W: Write> Teller<'_, W> {
    fn tell(&mut self, what: &str) -> Result<()> {
        writeln!(self.out, "{:6.2} s  {what}", self.began.elapsed().as_secs_f64())?;
        Ok(self.out.flush()?)
    }
}

/// Lives through the story, with this program `reeve`, in this folder, which stays to be looked at.
///
/// # Errors
/// What did not hold, or could not be done. Nothing runs any more then, nor afterwards.
pub fn demo(reeve: &Path, folder: &Path, out: &mut impl Write) -> Result<()> {
    let mut teller = Teller { began: Instant::now(), out };
    let shown = folder.display();
    let town = Town::of(3, &Plan::of(reeve).at(folder))?;
    teller.tell(&format!(
        "three servers of a fresh cluster run on this machine, with their data in {shown}:"
    ))?;
    for number in town.numbers() {
        let (at, pid) = (town.public(number)?, town.pid(number)?);
        teller.tell(&format!("  n{number} at {at}, process {pid}"))?;
    }
    town.found()?;
    let leader = town.led()?;
    teller.tell(&format!(
        "n1 has founded the cluster, n2 and n3 have joined; all three vote, and n{leader} leads"
    ))?;
    let mut trial = Trial::under_load(town, 0)?;
    teller.tell(&format!(
        "{CLIENTS} clients submit tasks. One is acknowledged when it is on the disks of two servers, and is then there for \
         good"
    ))?;
    sleep(CHAPTER);
    fall(&mut trial, &mut teller)?;
    judge(&mut trial, &mut teller)?;
    teller.tell("all held")?;
    writeln!(
        teller.out,
        "\nNothing runs any more. In {shown} are the logs of the servers, their data, and history.jsonl: every call, every\n\
         answer and every fault, in order."
    )?;
    Ok(())
}

/// The leader is killed, and comes back.
fn fall<W: Write>(trial: &mut Trial, teller: &mut Teller<'_, W>) -> Result<()> {
    let (leader, term) = (trial.town.led()?, trial.term());
    let pid = trial.town.pid(leader)?;
    let before = trial.ledger.counts().acked;
    trial.kill(leader)?;
    let (killed, began) = (trial.now(), Instant::now());
    teller.tell(&format!("{before} calls are acknowledged. kill -9 {pid}: that was n{leader}, which led"))?;
    let other = trial.led_after(term)?;
    let took = began.elapsed().as_millis();
    ensure!(other != leader, "n{leader} is dead, and leads");
    teller.tell(&format!("n{other} leads, after {took} ms, in term {}", trial.term()))?;
    trial.flows()?;
    let gap = trial.ledger.gap_at(killed).context("calls are acknowledged before and after")?;
    teller.tell(&format!(
        "the clients go on: between two acknowledgements there were {} ms",
        gap.as_millis()
    ))?;
    sleep(CHAPTER);
    trial.start(leader)?;
    teller.tell(&format!("n{leader} is started again, on the data that it has"))?;
    trial.ready(leader)?;
    teller.tell(&format!("n{leader} follows n{}", trial.town.led()?))?;
    sleep(CHAPTER);
    Ok(())
}

/// Everything that was promised is there.
fn judge<W: Write>(trial: &mut Trial, teller: &mut Teller<'_, W>) -> Result<()> {
    let settled = trial.settle()?;
    let counts = settled.counts;
    teller.tell(&format!(
        "the clients rest: {} calls acknowledged, {} refused, {} without an answer, and asked again under their keys",
        counts.acked, counts.refused, settled.settled
    ))?;
    trial.rests()?;
    let leader = trial.town.led()?;
    let standing = trial.town.standing(leader).context("a leader answers")?;
    let (applied, digest) = (standing.applied(), standing.digest().to_owned());
    teller.tell(&format!("all three have applied revision {applied}, and have the same digest: {digest}"))?;
    let asked = trial.look(leader, usize::MAX)?;
    teller.tell(&format!("n{leader} was asked for each of the {asked} acknowledged tasks, and has it"))?;
    let tasks = trial.judge_disks()?;
    ensure!(tasks == asked, "{asked} tasks were acknowledged, and {tasks} are there");
    teller.tell(&format!(
        "all three are killed. On each of their disks are these {tasks} tasks, each once, and no other"
    ))
}
