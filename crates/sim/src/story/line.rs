//! A line of a story: a typed statement, read from text and written back to it.

use std::fmt;
use std::str::FromStr;

use crate::story::slot::{Slot, Words, sentences};
use crate::story::verb::{OpenWorker, Proposed, Verb};
use crate::story::word::{ReadNo, Shift, Span, TaskNo, Word};

#[cfg(test)]
use crate::story::dice::Dice;

sentences! {
    /// `read r1 t1`: what the archive says of a task now, to be used later.
    #[derive(Default)]
    Read {
        /// What the story calls it.
        read "": ReadNo,
        /// The task.
        task "": TaskNo,
        /// The revision of the read, if it is to lie about that.
        at "at": Option<u64>,
        /// How the task ended, if it is to lie about that.
        ending "ending": Option<reeve_core::task::Ending>,
        /// In which generation, if it is to lie about that.
        generation "generation": Option<u16>,
    }

    /// `assign most=3`: a fair office proposes grants, in one entry.
    #[derive(Default)]
    Assign {
        /// How many at most.
        most "most": Option<u32>,
    }

    /// `leader skew=-3s`: another node leads, by its own clock.
    #[derive(Default)]
    Leader {
        /// How far its clock is from the true time.
        skew "skew": Option<Shift>,
    }

    /// `sleep 11s`: time passes for everybody.
    #[derive(Default)]
    Sleep {
        /// How much.
        span "": Span,
    }

    /// `clock -5s`: the leader's clock steps.
    #[derive(Default)]
    Clock {
        /// How far.
        shift "": Shift,
    }

    /// `sweep 1`: how much due work the entries from here on settle.
    #[derive(Default)]
    Sweep {
        /// The bound.
        bound "": u32,
    }

    /// `under law=1`: the law under which the leader makes its entries; the one in force if not said.
    #[derive(Default)]
    Under {
        /// Which.
        law "law": Option<u32>,
    }

    /// `knows 2`: the newest law that the replica knows.
    #[derive(Default)]
    Knows {
        /// Which.
        law "": u32,
    }

    /// `replay 2`: what was proposed last but one is proposed again.
    #[derive(Default)]
    Replay {
        /// How far back; one is the last.
        back "": u32,
    }
}

/// What to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// A task.
    Task(TaskNo),
    /// All live tasks.
    Tasks,
    /// All queues.
    Queues,
    /// All worker sessions.
    Workers,
    /// The ready tasks, lane by lane.
    Lanes,
    /// Revoked leases that were not confirmed to have stopped.
    Draining,
    /// The next instant at which something is due.
    Deadline,
    /// What the state wants done by the leader's hands.
    Orders,
}

const SHOWS: [(&str, Show); 7] = [
    ("tasks", Show::Tasks),
    ("queues", Show::Queues),
    ("workers", Show::Workers),
    ("lanes", Show::Lanes),
    ("draining", Show::Draining),
    ("deadline", Show::Deadline),
    ("orders", Show::Orders),
];

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A proposal: an entry of its own, or a part of the entry that is open.
    Propose(Box<Proposed>),
    /// What follows, up to `end`, is one entry.
    Entry,
    /// The entry is complete.
    End,
    /// An empty entry.
    Tick,
    /// A fair office proposes grants.
    Assign(Assign),
    /// The last proposals again, as they were.
    Again,
    /// Earlier proposals again, as they were.
    Replay(Replay),
    /// Time passes.
    Sleep(Sleep),
    /// The leader's clock steps.
    Clock(Clock),
    /// Another leader.
    Leader(Leader),
    /// Another bound of the sweep.
    Sweep(Sweep),
    /// Another law for entries.
    Under(Under),
    /// What the replica knows.
    Knows(Knows),
    /// The replica is rebuilt from its records.
    Restart,
    /// An archive read.
    Read(Read),
    /// A look at the state.
    Show(Show),
}

impl<V: Into<Verb>> From<V> for Line {
    fn from(verb: V) -> Self {
        Self::Propose(Box::new(Proposed::from(verb)))
    }
}

/// A line that does not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// Its number in the text, from one.
    pub number: usize,
    /// What was expected.
    pub what: String,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.number, self.what)
    }
}

impl std::error::Error for Misread {}

fn read_show(words: &mut Words) -> Result<Show, String> {
    let what = words.first().unwrap_or_default();
    let named = SHOWS.into_iter().find(|(name, _)| *name == what).map(|(_, show)| show);
    let found = named.or_else(|| TaskNo::read(&what).map(Show::Task));
    found.ok_or_else(|| {
        let names: Vec<&str> = SHOWS.iter().map(|(name, _)| *name).collect();
        format!("`show {what}`: expected a task or one of {}", names.join(", "))
    })
}

/// The statements that are no verbs.
const WORLD: &[&str] = &[
    "sleep", "tick", "clock", "leader", "sweep", "restart", "assign", "again", "replay", "entry", "end",
    "read", "under", "knows", "show", "calls", "each",
];

fn read_line(text: &str) -> Result<Line, String> {
    let mut words = Words::of(text);
    let keyword = words.first().ok_or("expected a statement")?;
    let words = &mut words;
    let line = match keyword.as_str() {
        "entry" => Line::Entry,
        "end" => Line::End,
        "tick" => Line::Tick,
        "assign" => Line::Assign(Slot::take(words, "")?),
        "again" => Line::Again,
        "replay" => Line::Replay(Slot::take(words, "")?),
        "sleep" => Line::Sleep(Slot::take(words, "")?),
        "clock" => Line::Clock(Slot::take(words, "")?),
        "leader" => Line::Leader(Slot::take(words, "")?),
        "sweep" => Line::Sweep(Slot::take(words, "")?),
        "under" => Line::Under(Slot::take(words, "")?),
        "knows" => Line::Knows(Slot::take(words, "")?),
        "restart" => Line::Restart,
        "read" => Line::Read(Slot::take(words, "")?),
        "show" => Line::Show(read_show(words)?),
        "calls" => {
            let (requested, mut open): (_, OpenWorker) = (Slot::take(words, "")?, Slot::take(words, "")?);
            // A session that lives by calls is known by its secret.
            open.secret = open.secret.or(Some(1));
            Line::Propose(Box::new(Proposed { verb: open.into(), requested }))
        }
        other => {
            let requested = Slot::take(words, "")?;
            let verb = Verb::take(other, words).ok_or_else(|| {
                let words = [WORLD, Verb::KEYWORDS].concat().join(", ");
                format!("`{other}` is no statement; expected one of {words}")
            })??;
            Line::Propose(Box::new(Proposed { verb, requested }))
        }
    };
    words.finish().map(|()| line)
}

impl FromStr for Line {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        read_line(text).map_err(|what| Misread { number: 1, what })
    }
}

/// Reads many lines; empty ones and comments are passed over.
///
/// # Errors
/// The first line that does not read.
pub fn read(text: &str) -> Result<Vec<Line>, Misread> {
    let said = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let numbered = (1..).zip(text.lines()).filter(|(_, line)| said(line));
    numbered.map(|(number, line)| read_line(line).map_err(|what| Misread { number, what })).collect()
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        let mut say = |keyword: &str, slots: &dyn Fn(&mut String)| {
            out.push_str(keyword);
            slots(&mut out);
        };
        match self {
            Self::Propose(proposed) => {
                proposed.verb.show(&mut out);
                proposed.requested.show("", &mut out);
            }
            Self::Entry => say("entry", &|_| {}),
            Self::End => say("end", &|_| {}),
            Self::Tick => say("tick", &|_| {}),
            Self::Assign(assign) => say("assign", &|out| assign.show("", out)),
            Self::Again => say("again", &|_| {}),
            Self::Replay(replay) => say("replay", &|out| replay.show("", out)),
            Self::Sleep(sleep) => say("sleep", &|out| sleep.show("", out)),
            Self::Clock(clock) => say("clock", &|out| clock.show("", out)),
            Self::Leader(leader) => say("leader", &|out| leader.show("", out)),
            Self::Sweep(sweep) => say("sweep", &|out| sweep.show("", out)),
            Self::Under(under) => say("under", &|out| under.show("", out)),
            Self::Knows(knows) => say("knows", &|out| knows.show("", out)),
            Self::Restart => say("restart", &|_| {}),
            Self::Read(read) => say("read", &|out| read.show("", out)),
            Self::Show(Show::Task(task)) => say("show", &|out| out.push_str(&format!(" {task}"))),
            Self::Show(show) => {
                let name = SHOWS.into_iter().find(|(_, one)| one == show).map_or("", |(name, _)| name);
                say("show", &|out| out.push_str(&format!(" {name}")));
            }
        }
        f.write_str(&out)
    }
}

#[cfg(test)]
impl Line {
    fn random(dice: &mut Dice) -> Self {
        let all: &[fn(&mut Dice) -> Self] = &[
            |_| Self::Entry,
            |_| Self::End,
            |_| Self::Tick,
            |dice| Self::Assign(Slot::random(dice)),
            |_| Self::Again,
            |dice| Self::Replay(Slot::random(dice)),
            |dice| Self::Sleep(Slot::random(dice)),
            |dice| Self::Clock(Slot::random(dice)),
            |dice| Self::Leader(Slot::random(dice)),
            |dice| Self::Sweep(Slot::random(dice)),
            |dice| Self::Under(Slot::random(dice)),
            |dice| Self::Knows(Slot::random(dice)),
            |_| Self::Restart,
            |dice| Self::Read(Slot::random(dice)),
            |dice| Self::Show(Show::Task(Word::random(dice))),
            |dice| Self::Show(dice.among(&SHOWS).1),
        ];
        if dice.below(5) == 0 {
            return dice.among(all)(dice);
        }
        Self::Propose(Box::new(Proposed { verb: Verb::random(dice), requested: Slot::random(dice) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let mut dice = Dice(7);
        for _ in 0..50_000 {
            let line = Line::random(&mut dice);
            let text = line.to_string();
            match text.parse::<Line>() {
                Ok(back) => assert_eq!(back, line, "{text}"),
                Err(misread) => panic!("{text}: {misread}"),
            }
        }
    }

    #[test]
    fn what_is_wrong_is_answered_with_what_was_expected() {
        let complaint = |text: &str| read(text).map(|_| ()).unwrap_err().to_string();
        assert!(
            complaint("tick\nsubmt t1").starts_with("line 2: `submt` is no statement; expected one of sleep")
        );
        assert_eq!(complaint("grant t1"), "line 1: expected a worker such as w1 as `to=`");
        assert_eq!(complaint("grant x1 to=w1"), "line 1: `x1`: expected a task such as t1");
        assert_eq!(
            complaint("sleep 11"),
            "line 1: `11`: expected a duration such as 250ms, 11s, 2m, 1h or 3d"
        );
        assert!(
            complaint("pause t1 grace=5s now").starts_with("line 1: `now` is not understood here; expected")
        );
        assert!(complaint("submit t1 kidn=echo").starts_with("line 1: `kidn=echo` is not understood here"));
    }
}
