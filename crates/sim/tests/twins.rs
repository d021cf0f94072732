//! Twins: the same lines on two players whose sweeps have different bounds. Every verdict must be the same; only "ask
//! again" may come from one and not from the other, and then both ask again.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use reeve_core::command::Command;
use reeve_core::entry::Proposal;
use reeve_core::name::Ref;
use reeve_core::{Answer, Outcome, Refusal, Reply};
use reeve_sim::story::verb::Grant;
use reeve_sim::story::{Heard, Line, Player, Said, lines_of};

/// A reply in the words of the story, which do not depend on the order in which due work fell.
fn verdict(player: &Player, proposal: &Proposal, answer: Answer) -> String {
    let names = player.names();
    let what = if let Reply::Submitted { first, count, existing } = answer.reply {
        format!("{:?} and {count}, {existing}", names.of_task(first))
    } else if let Reply::Granted { deadline_ms, .. } = answer.reply {
        format!("granted until {deadline_ms:?}")
    } else {
        format!("{:?}", answer.reply)
    };
    format!("{}: {what}", proposal.command.verb())
}

fn verdicts(player: &Player, said: &Said, outcome: &Outcome) -> Vec<String> {
    let pairs = said.entry.proposals.iter().zip(&outcome.replies);
    pairs.map(|(proposal, answer)| verdict(player, proposal, *answer)).collect()
}

#[derive(Clone)]
struct Twins {
    wide: Player,
    narrow: Player,
}

impl Twins {
    fn new(narrow: u32) -> Self {
        let bound = |bound: u32| {
            let mut player = Player::new();
            let line = format!("sweep {bound}").parse().expect("a bound is a line");
            player.play(&line).expect("a bound fits anywhere");
            player
        };
        Self { wide: bound(10_000), narrow: bound(narrow) }
    }

    /// What each is told, and whether one is told to ask again.
    fn both(&mut self, line: &Line) -> (Option<[Vec<String>; 2]>, bool) {
        let mut told = Vec::new();
        let mut late = false;
        for player in [&mut self.wide, &mut self.narrow] {
            let heard = player.play(line).unwrap_or_else(|trouble| panic!("{line}: {trouble}"));
            if let Heard::Applied(said, outcome) = heard {
                let again = |answer: &Answer| answer.reply == Reply::Refused(Refusal::Backlog);
                late |= outcome.replies.iter().any(again);
                told.push(verdicts(player, &said, &outcome));
            }
        }
        (told.try_into().ok(), late)
    }

    /// What one office grants is what both propose.
    fn assign(&mut self, line: &Line) {
        let heard = self.wide.play(line).expect("an assignment fits anywhere");
        let Heard::Applied(said, _) = heard else { panic!("an assignment is an entry") };
        self.narrow.play(&Line::Entry).expect("no entry is open");
        for proposal in &said.entry.proposals {
            let Command::Grant(grant) = &proposal.command else { panic!("an assignment only grants") };
            let (Ref::Id(task), Ref::Id(worker)) = (grant.task, grant.worker) else { panic!("by identity") };
            let names = self.wide.names();
            let grant = Grant {
                task: names.of_task(task).expect("every task has a name"),
                to: names.of_worker(worker).expect("every worker has a name"),
            };
            self.narrow.play(&grant.into()).expect("an entry is open");
        }
        self.narrow.play(&Line::End).expect("an entry is open");
    }

    /// Plays lines that belong to one entry, from the start again as long as one of the twins is told to ask again.
    fn play(&mut self, lines: &[Line]) -> Result<(), String> {
        if let [Line::Assign(_)] = lines {
            self.assign(&lines[0]);
            return Ok(());
        }
        for round in 0..300 {
            let before = self.clone();
            let mut last = (None, false);
            for line in lines {
                last = self.both(line);
            }
            let (told, late) = last;
            // What the entry itself sets in motion is due in both alike.
            let due = before.wide.state().has_backlog() || before.narrow.state().has_backlog();
            if !late || (round > 0 && !due) {
                return match told {
                    Some([wide, narrow]) if wide != narrow => Err(format!("{wide:?} and {narrow:?}")),
                    Some(_) | None => Ok(()),
                };
            }
            *self = before;
            self.both(&Line::Tick);
        }
        Err("there is always something due".to_owned())
    }

    /// When everything due has fallen, both know the same tasks in the same standing.
    fn settle(&mut self) -> Result<(), String> {
        while self.wide.state().has_backlog() || self.narrow.state().has_backlog() {
            self.both(&Line::Tick);
        }
        let known = |player: &Player| {
            let tasks = player.state().tasks().map(|mut task| {
                task.since_ms = 0;
                task
            });
            tasks.collect::<Vec<_>>()
        };
        let (wide, narrow) = (known(&self.wide), known(&self.narrow));
        let differs = wide.iter().zip(&narrow).find(|(one, other)| one != other);
        match differs {
            None if wide.len() == narrow.len() => Ok(()),
            other => Err(format!("{other:?}, {} and {} tasks", wide.len(), narrow.len())),
        }
    }
}

/// Lines in groups: an open entry is one group up to its end.
fn groups(lines: Vec<Line>) -> Vec<Vec<Line>> {
    let (mut groups, mut open) = (Vec::new(), Vec::new());
    let mut inside = false;
    for line in lines {
        inside = (inside || line == Line::Entry) && line != Line::End;
        open.push(line);
        if !inside {
            groups.push(std::mem::take(&mut open));
        }
    }
    groups
}

#[test]
fn any_bound_of_the_sweep_gives_the_same_verdicts_in_stories() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stories");
    let mut wrong = String::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let script = fs::read_to_string(&path).unwrap();
        let said = |text: &&str| !text.starts_with([' ', '#']) && !text.is_empty();
        let lines = script.lines().filter(said).flat_map(|text| lines_of(text, 1).unwrap());
        let lines = lines.filter(|line| !matches!(line, Line::Sweep(_) | Line::Show(_))).collect();
        let mut twins = Twins::new(1);
        for group in groups(lines) {
            if let Err(differ) = twins.play(&group) {
                writeln!(wrong, "{}: {}: {differ}", path.display(), group.last().unwrap()).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A seeded source of lines that get into each other's way.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn some<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn maybe(&mut self, text: String) -> String {
        if self.below(4) == 0 { text } else { String::new() }
    }

    fn span(&mut self) -> String {
        format!("{}ms", (1 + self.below(8)) * 500)
    }

    fn spec(&mut self, next: u64) -> String {
        let mut spec = String::new();
        for _ in 0..self.below(3) {
            let form =
                self.some(&["after", "after.run", "after.finished", "after.failed", "after.failed.run"]);
            let task = format!("=t{}", next - 1 - self.below(8.min(next - 1)));
            let on = format!(" {form}{task}");
            if !spec.contains(&task) {
                spec += &on;
            }
        }
        let parent = format!(" parent=t{}", next - 1 - self.below(8.min(next - 1)));
        spec += &self.maybe(parent);
        let (not_before, start, timeout) = (self.span(), self.span(), self.span());
        spec += &self.maybe(format!(" not-before={not_before}"));
        spec += &self.maybe(format!(" must-start-by={start}"));
        spec += &self.maybe(format!(" timeout={timeout}"));
        spec += &self.maybe(" queue=small".to_owned());
        spec + self.some(&["", " retry=1,500ms,100%,500ms", " retry=2,500ms,100%,1s"])
    }

    fn line(&mut self, next: &mut u64) -> String {
        let task = *next - 1 - self.below(10.min(*next - 1));
        let (worker, span, tail) = (self.below(3), self.span(), self.spec(*next));
        match self.below(24) {
            0..=4 => {
                *next += 1;
                format!("submit t{} {tail}", *next - 1)
            }
            5..=9 => format!("grant t{task} to=w{worker}"),
            10 => format!("complete t{task}"),
            11 => format!("fail t{task} {}", self.some(&["retryable", "retryable", ""])),
            12 => format!("release t{task}"),
            13 => format!(
                "cancel t{task}{}",
                self.some(&["", " children", " dependents", " children dependents"])
            ),
            14 => format!(
                "cancel t{task} grace={span}{}",
                self.some(&["", " children", " children dependents"])
            ),
            15 => format!("pause t{task} grace={span}"),
            16 => format!("resume t{task}"),
            17 => format!("suspended t{task}"),
            18 => format!("stopped t{task}"),
            19 => format!("expire w{worker} {}", self.some(&["", "charged", "how=closed"])),
            20 => format!("worker w{worker} slots=3"),
            21 => format!("{} t{task}", self.some(&["retry", "forget", "recall"])),
            22 => format!(
                "update t{task} must-start-by={span}{}",
                self.some(&["", " not-before=1s", " timeout=1s"])
            ),
            _ => format!("sleep {span}"),
        }
    }

    /// A line, or several in one entry.
    fn group(&mut self, next: &mut u64) -> Vec<String> {
        let first = self.line(next);
        if first.starts_with("sleep") || self.below(4) > 0 {
            return vec![first];
        }
        let mut group = vec!["entry".to_owned(), first];
        for _ in 0..self.below(4) {
            let line = self.line(next);
            if !line.starts_with("sleep") {
                group.push(line);
            }
        }
        group.push("end".to_owned());
        group
    }
}

/// How the twins part over this history, if they do.
fn parts(history: &[Vec<String>], narrow: u32) -> Option<String> {
    let mut twins = Twins::new(narrow);
    for group in history {
        let lines: Vec<Line> = group.iter().map(|text| text.parse().expect("a made line reads")).collect();
        if let Err(differ) = twins.play(&lines) {
            return Some(differ);
        }
    }
    twins.settle().err()
}

/// The same history without all that it does not take to part the twins.
fn shrink(mut history: Vec<Vec<String>>, narrow: u32) -> Vec<Vec<String>> {
    let mut piece = history.len() / 2;
    while piece > 0 {
        let mut at = 0;
        while at < history.len() {
            let mut less = history.clone();
            less.drain(at..(at + piece).min(less.len()));
            if parts(&less, narrow).is_some() { history = less } else { at += piece }
        }
        piece /= 2;
    }
    history
}

#[test]
fn any_bound_of_the_sweep_gives_the_same_verdicts_in_histories() {
    let seeds = std::env::var("REEVE_SEEDS").map_or(300, |seeds| seeds.parse().unwrap());
    for seed in 0..seeds {
        let (mut chance, narrow, mut next) = (Chance(seed), u32::try_from(1 + seed % 3).unwrap(), 2);
        let opening =
            ["worker w0 slots=3", "worker w1 slots=3", "create-queue queue=small max-leased=2 max-live=6"];
        let opening = opening.into_iter().chain(["submit t1"]).map(|line| vec![line.to_owned()]);
        let mut history: Vec<Vec<String>> = opening.collect();
        history.extend((0..120).map(|_| chance.group(&mut next)));
        if parts(&history, narrow).is_some() {
            let history = shrink(history, narrow);
            let differ = parts(&history, narrow).unwrap();
            let lines: Vec<String> = history.concat();
            panic!("seed {seed}, sweep {narrow}: {differ}, after:\n{}", lines.join("\n"));
        }
    }
}
