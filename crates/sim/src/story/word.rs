//! Words: the smallest pieces of a line, each a type of its own, and how they are read and written.
//!
//! A word is never guessed: what does not read is answered with what was expected. What is written reads back.

use reeve_core::alarm::AlarmKind;
use reeve_core::task::{Ending, Priority, RetryPolicy};
use reeve_core::worker::Departure;

#[cfg(test)]
use crate::story::dice::Dice;

/// Something that is one word on a line.
pub(crate) trait Word: Sized {
    /// What a reader is told when the word does not read.
    const WANTED: &'static str;

    fn read(text: &str) -> Option<Self>;

    fn write(&self, out: &mut String);

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self;
}

/// Splits at a separator that stands outside of quotes.
pub(crate) fn cut(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        } else if c == separator && !quoted {
            parts.push(&text[start..at]);
            start = at + c.len_utf8();
        }
    }
    parts.push(&text[start..]);
    parts
}

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident $letter:literal $wanted:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}{}", $letter, self.0)
            }
        }

        impl Word for $name {
            const WANTED: &'static str = $wanted;

            fn read(text: &str) -> Option<Self> {
                let digits = text.strip_prefix($letter)?;
                let plain = digits == "0" || !digits.starts_with(['0', '+']);
                digits.parse().ok().filter(|_| plain).map(Self)
            }

            fn write(&self, out: &mut String) {
                out.push_str(&self.to_string());
            }

            #[cfg(test)]
            fn random(dice: &mut Dice) -> Self {
                Self(dice.small())
            }
        }
    )*};
}

handles! {
    /// A task, as the story calls it.
    TaskNo 't' "a task such as t1",
    /// A worker session.
    WorkerNo 'w' "a worker such as w1",
    /// A client session.
    ClientNo 'c' "a client such as c1",
    /// An archive read.
    ReadNo 'r' "a read such as r1",
}

macro_rules! numbers {
    ($($number:ident),*) => {$(
        impl Word for $number {
            const WANTED: &'static str = "a number";

            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }

            fn write(&self, out: &mut String) {
                out.push_str(&self.to_string());
            }

            #[cfg(test)]
            fn random(dice: &mut Dice) -> Self {
                $number::try_from(dice.small()).unwrap_or(1)
            }
        }
    )*};
}

numbers!(u16, u32, u64, u128);

/// A length of time, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub u64);

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Word for Span {
    const WANTED: &'static str = "a duration such as 250ms, 11s, 2m, 1h or 3d";

    fn read(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let (_, unit_ms) = UNITS.into_iter().find(|(unit, _)| *unit == &text[digits.len()..])?;
        digits.parse::<u64>().ok()?.checked_mul(unit_ms).map(Self)
    }

    fn write(&self, out: &mut String) {
        let fits = |(_, unit_ms): &(&str, u64)| self.0 > 0 && self.0.is_multiple_of(*unit_ms);
        let (unit, unit_ms) = UNITS.into_iter().find(fits).unwrap_or(("ms", 1));
        out.push_str(&format!("{}{unit}", self.0 / unit_ms));
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        Self(u64::from(dice.small()) * *dice.among(&[1, 10, 1_000, 60_000, 86_400_000]))
    }
}

/// A step of a clock, in milliseconds: forward or back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift(pub i64);

impl Word for Shift {
    const WANTED: &'static str = "a step of a clock such as +1h or -5s";

    fn read(text: &str) -> Option<Self> {
        let back = text.starts_with('-');
        let ms = i64::try_from(Span::read(text.strip_prefix(['+', '-'])?)?.0).ok()?;
        Some(Self(if back { -ms } else { ms }))
    }

    fn write(&self, out: &mut String) {
        out.push(if self.0 < 0 { '-' } else { '+' });
        Span(self.0.unsigned_abs()).write(out);
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        Self((i64::from(dice.small()) - 20) * 100)
    }
}

/// An instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// So many milliseconds from now, or ago.
    In(i64),
    /// At this time of the log.
    At(u64),
}

impl Word for When {
    const WANTED: &'static str = "an instant such as 10s (from now), -10s (ago) or @1700000000000";

    fn read(text: &str) -> Option<Self> {
        if let Some(at) = text.strip_prefix('@') {
            return at.parse().ok().map(Self::At);
        }
        let back = text.strip_prefix('-');
        let ms = i64::try_from(Span::read(back.unwrap_or(text))?.0).ok()?;
        Some(Self::In(if back.is_some() { -ms } else { ms }))
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::In(ms) => {
                if *ms < 0 {
                    out.push('-');
                }
                Span(ms.unsigned_abs()).write(out);
            }
            Self::At(ms) => out.push_str(&format!("@{ms}")),
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        if dice.yes() { Self::At(u64::from(dice.small())) } else { Self::In(Shift::random(dice).0) }
    }
}

/// What becomes of something that may be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amend<T> {
    /// It is taken away.
    Gone,
    /// It is this from now on.
    To(T),
}

impl<T: Word> Word for Amend<T> {
    const WANTED: &'static str = "a value or `none`";

    fn read(text: &str) -> Option<Self> {
        if text == "none" { Some(Self::Gone) } else { T::read(text).map(Self::To) }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Gone => out.push_str("none"),
            Self::To(value) => value.write(out),
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        if dice.yes() { Self::Gone } else { Self::To(T::random(dice)) }
    }
}

/// Text, repeated so many times: what is too long can be said in short.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    word: Box<str>,
    times: u32,
}

impl Default for Text {
    fn default() -> Self {
        Self { word: Box::default(), times: 1 }
    }
}

impl From<&str> for Text {
    fn from(word: &str) -> Self {
        Self { word: word.into(), times: 1 }
    }
}

impl Text {
    /// This word, so many times.
    #[must_use]
    pub fn repeated(word: &str, times: u32) -> Self {
        Self { word: word.into(), times }
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> Box<str> {
        if self.times == 1 { self.word.clone() } else { self.word.repeat(self.times as usize).into() }
    }
}

fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_./:-".contains(c)
}

fn unquote(text: &str) -> Option<(String, &str)> {
    let (mut said, mut chars) = (String::new(), text.strip_prefix('"')?.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((said, &text[at + 2..])),
            '\\' => match chars.next()?.1 {
                'n' => said.push('\n'),
                't' => said.push('\t'),
                'r' => said.push('\r'),
                'u' => {
                    let digits: String =
                        chars.by_ref().map(|(_, c)| c).skip(1).take_while(|c| *c != '}').collect();
                    said.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                c => said.push(c),
            },
            c => said.push(c),
        }
    }
    None
}

impl Word for Text {
    const WANTED: &'static str = "text: a plain word or \"quoted\", perhaps with *TIMES";

    fn read(text: &str) -> Option<Self> {
        let (word, rest) = if text.starts_with('"') {
            unquote(text)?
        } else {
            let end = text.find('*').unwrap_or(text.len());
            let (bare, rest) = text.split_at(end);
            (bare.chars().all(is_bare) && !bare.is_empty()).then(|| (bare.to_owned(), rest))?
        };
        let times = match rest.strip_prefix('*') {
            Some(times) => times.parse().ok()?,
            None if rest.is_empty() => 1,
            None => return None,
        };
        Some(Self { word: word.into(), times })
    }

    fn write(&self, out: &mut String) {
        if !self.word.is_empty() && self.word.chars().all(is_bare) {
            out.push_str(&self.word);
        } else {
            out.push('"');
            out.extend(self.word.chars().flat_map(char::escape_default));
            out.push('"');
        }
        if self.times != 1 {
            out.push_str(&format!("*{}", self.times));
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        let word = *dice.among(&[
            "a",
            "mail",
            "x.y-z_0/1:2",
            "",
            "two words",
            "\"#,=+*\\\n\u{7}\u{e9}<1..2>",
            "none",
        ]);
        Self { word: word.into(), times: if dice.yes() { 1 } else { dice.small() } }
    }
}

/// A body of the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// These bytes.
    Said(Text),
    /// One that the entry does not carry.
    Missing,
    /// These bytes, but the command says that there is one more.
    Torn(Text),
}

impl Word for Body {
    const WANTED: &'static str = "a body: text, `!missing` or `!torn:TEXT`";

    fn read(text: &str) -> Option<Self> {
        match text.strip_prefix('!') {
            Some("missing") => Some(Self::Missing),
            Some(other) => Text::read(other.strip_prefix("torn:")?).map(Self::Torn),
            None => Text::read(text).map(Self::Said),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Said(text) => text.write(out),
            Self::Missing => out.push_str("!missing"),
            Self::Torn(text) => {
                out.push_str("!torn:");
                text.write(out);
            }
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        match dice.below(3) {
            0 => Self::Missing,
            1 => Self::Torn(Text::random(dice)),
            _ => Self::Said(Text::random(dice)),
        }
    }
}

impl Word for Priority {
    const WANTED: &'static str = "a priority from 0 to 9";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().and_then(Self::new)
    }

    fn write(&self, out: &mut String) {
        out.push_str(&self.get().to_string());
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        Self::new(u8::try_from(dice.below(10)).unwrap()).unwrap()
    }
}

impl Word for RetryPolicy {
    const WANTED: &'static str =
        "a retry policy such as 3,1s,200%,1m (attempts, first wait, growth, longest wait)";

    fn read(text: &str) -> Option<Self> {
        let [attempts, first, factor, longest] = cut(text, ',').try_into().ok()?;
        Some(Self {
            max_attempts: attempts.parse().ok()?,
            first_ms: Span::read(first)?.0,
            factor_percent: factor.strip_suffix('%')?.parse().ok()?,
            max_ms: Span::read(longest)?.0,
        })
    }

    fn write(&self, out: &mut String) {
        out.push_str(&format!("{},", self.max_attempts));
        Span(self.first_ms).write(out);
        out.push_str(&format!(",{}%,", self.factor_percent));
        Span(self.max_ms).write(out);
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        Self {
            max_attempts: u16::random(dice),
            first_ms: Span::random(dice).0,
            factor_percent: dice.small(),
            max_ms: Span::random(dice).0,
        }
    }
}

macro_rules! choices {
    ($($type:ty, $wanted:literal { $($text:literal = $value:expr),* $(,)? })*) => {$(
        impl Word for $type {
            const WANTED: &'static str = $wanted;

            fn read(text: &str) -> Option<Self> {
                match text {
                    $($text => Some($value),)*
                    _ => None,
                }
            }

            fn write(&self, out: &mut String) {
                $(if *self == $value {
                    out.push_str($text);
                })*
            }

            #[cfg(test)]
            fn random(dice: &mut Dice) -> Self {
                *dice.among(&[$($value),*])
            }
        }
    )*};
}

/// How a submit or update speaks of queues and classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Means {
    /// In words.
    #[default]
    Words,
    /// By number, where there is one.
    Known,
    /// By a number that was given away.
    Stale,
}

choices! {
    Means, "`words`, `known` or `stale`" { "words" = Means::Words, "known" = Means::Known, "stale" = Means::Stale }
    Ending, "an ending: succeeded, failed, dead, cancelled or expired" {
        "succeeded" = Ending::Succeeded, "failed" = Ending::Failed, "dead" = Ending::Dead,
        "cancelled" = Ending::Cancelled, "expired" = Ending::Expired,
    }
    Departure, "a departure: closed, silent or evicted" {
        "closed" = Departure::Closed, "silent" = Departure::Silent, "evicted" = Departure::Evicted,
    }
    AlarmKind, "an alarm: no-space, clock-gap or diverged" {
        "no-space" = AlarmKind::NoSpace, "clock-gap" = AlarmKind::ClockGap, "diverged" = AlarmKind::Diverged,
    }
}

/// On whose behalf something is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The leader's office.
    Office,
    /// Nobody known.
    Anyone,
    /// A subject.
    Subject(Text),
}

impl Word for Who {
    const WANTED: &'static str = "`office`, `anyone` or `subject:NAME`";

    fn read(text: &str) -> Option<Self> {
        match text {
            "office" => Some(Self::Office),
            "anyone" => Some(Self::Anyone),
            other => Text::read(other.strip_prefix("subject:")?).map(Self::Subject),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Office => out.push_str("office"),
            Self::Anyone => out.push_str("anyone"),
            Self::Subject(name) => {
                out.push_str("subject:");
                name.write(out);
            }
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        match dice.below(3) {
            0 => Self::Office,
            1 => Self::Anyone,
            _ => Self::Subject(Text::random(dice)),
        }
    }
}

/// What a payload is said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Bytes of unknown meaning.
    Opaque,
    /// JSON.
    Json,
    /// Another media type.
    Other(Text),
}

impl Word for Content {
    const WANTED: &'static str = "`opaque`, `json` or `type:NAME`";

    fn read(text: &str) -> Option<Self> {
        match text {
            "opaque" => Some(Self::Opaque),
            "json" => Some(Self::Json),
            other => Text::read(other.strip_prefix("type:")?).map(Self::Other),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Opaque => out.push_str("opaque"),
            Self::Json => out.push_str("json"),
            Self::Other(name) => {
                out.push_str("type:");
                name.write(out);
            }
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        match dice.below(3) {
            0 => Self::Opaque,
            1 => Self::Json,
            _ => Self::Other(Text::random(dice)),
        }
    }
}

/// Which token a report shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// The last that the player knows for the task.
    #[default]
    Last,
    /// The one before it.
    Old,
    /// The so-many-th, from one, of this task.
    Nth(TaskNo, u32),
    /// One that never was.
    Never,
}

impl Word for Shown {
    const WANTED: &'static str = "a token: `last`, `old`, `never` or one such as t1#2";

    fn read(text: &str) -> Option<Self> {
        match text {
            "last" => Some(Self::Last),
            "old" => Some(Self::Old),
            "never" => Some(Self::Never),
            other => {
                let (task, nth) = other.split_once('#')?;
                Some(Self::Nth(TaskNo::read(task)?, nth.parse().ok()?))
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Last => out.push_str("last"),
            Self::Old => out.push_str("old"),
            Self::Never => out.push_str("never"),
            Self::Nth(task, nth) => out.push_str(&format!("{task}#{nth}")),
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => Self::Last,
            1 => Self::Old,
            2 => Self::Never,
            _ => Self::Nth(TaskNo::random(dice), dice.small()),
        }
    }
}

/// Which archive read a command carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// One taken now, if the task is no longer in memory.
    #[default]
    Fresh,
    /// None.
    Nothing,
    /// One that was taken before.
    Read(ReadNo),
}

impl Word for Source {
    const WANTED: &'static str = "`fresh`, `nothing` or a read such as r1";

    fn read(text: &str) -> Option<Self> {
        match text {
            "fresh" => Some(Self::Fresh),
            "nothing" => Some(Self::Nothing),
            other => ReadNo::read(other).map(Self::Read),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Fresh => out.push_str("fresh"),
            Self::Nothing => out.push_str("nothing"),
            Self::Read(read) => read.write(out),
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        match dice.below(3) {
            0 => Self::Fresh,
            1 => Self::Nothing,
            _ => Self::Read(ReadNo::random(dice)),
        }
    }
}

/// Which batch the tasks of a submit belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InBatch {
    /// None.
    #[default]
    Alone,
    /// One of their own.
    Own,
    /// The one that this task began.
    Of(TaskNo),
}

impl Word for InBatch {
    const WANTED: &'static str = "`alone`, `own` or the first task of a batch";

    fn read(text: &str) -> Option<Self> {
        match text {
            "alone" => Some(Self::Alone),
            "own" => Some(Self::Own),
            other => TaskNo::read(other).map(Self::Of),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Alone => out.push_str("alone"),
            Self::Own => out.push_str("own"),
            Self::Of(task) => task.write(out),
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        match dice.below(3) {
            0 => Self::Alone,
            1 => Self::Own,
            _ => Self::Of(TaskNo::random(dice)),
        }
    }
}
