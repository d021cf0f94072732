//! Slots: the places of a line that words fill, by position (`t1`), by name (`grace=5s`) or by being there at all
//! (`children`), and the groups of them that several verbs share.

use reeve_core::task::{Otherwise, Rule};

use crate::story::word::{
    Amend, Body, ClientNo, Content, InBatch, Means, ReadNo, Shift, Shown, Source, Span, TaskNo, Text, When,
    Who, Word, WorkerNo, cut,
};

#[cfg(test)]
use crate::story::dice::Dice;

/// The words of a line that no slot has taken yet.
pub(crate) struct Words {
    rest: Vec<String>,
    /// The slots that asked, for whoever wrote something else.
    known: Vec<String>,
}

/// A place that words of a line fill.
pub(crate) trait Slot: Sized {
    /// Takes what belongs here. An empty key means: the next word that has none.
    fn take(words: &mut Words, key: &str) -> Result<Self, String>;

    /// Appends ` key=value`, or nothing.
    fn show(&self, key: &str, out: &mut String);

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self;
}

fn ends_line(token: &str) -> bool {
    token.starts_with('#')
}

/// Words are separated by spaces outside of quotes; `#` begins a comment.
fn tokens(text: &str) -> Vec<&str> {
    let words = cut(text, ' ').into_iter().filter(|word| !word.is_empty());
    words.take_while(|word| !ends_line(word)).collect()
}

/// `label.k<01..33>=x` stands for thirty-three words.
fn expand(token: &str) -> Option<Vec<String>> {
    let open = cut(token, '<').first()?.len();
    let (head, inner) = (&token[..open], token.get(open + 1..)?);
    let (range, tail) = inner.split_once('>')?;
    let (from, to) = range.split_once("..")?;
    let (first, last): (u32, u32) = (from.parse().ok()?, to.parse().ok()?);
    let width = from.len();
    Some((first..=last).map(|number| format!("{head}{number:0width$}{tail}")).collect())
}

impl Words {
    pub(crate) fn of(text: &str) -> Self {
        let text = text.trim_end_matches(['\n', '\r']).replace('\t', " ");
        let expanded = tokens(&text)
            .into_iter()
            .flat_map(|token| expand(token).unwrap_or_else(|| vec![token.to_owned()]));
        Self { rest: expanded.collect(), known: Vec::new() }
    }

    fn of_tokens(rest: Vec<String>) -> Self {
        Self { rest, known: Vec::new() }
    }

    /// The first word, whatever it is.
    pub(crate) fn first(&mut self) -> Option<String> {
        (!self.rest.is_empty()).then(|| self.rest.remove(0))
    }

    /// The next word without a key.
    fn bare(&mut self) -> Option<String> {
        let at = self.rest.iter().position(|word| cut(word, '=').len() == 1)?;
        Some(self.rest.remove(at))
    }

    /// The value of the next word with this key.
    fn named(&mut self, key: &str) -> Option<String> {
        let value = |word: &String| word.strip_prefix(key)?.strip_prefix('=').map(str::to_owned);
        let at = self.rest.iter().position(|word| value(word).is_some())?;
        value(&self.rest.remove(at))
    }

    fn flag(&mut self, key: &str) -> bool {
        let at = self.rest.iter().position(|word| word == key);
        at.map(|at| self.rest.remove(at)).is_some()
    }

    /// The next word that begins with one of these prefixes.
    fn prefixed<'a>(&mut self, prefixes: &[&'a str]) -> Option<(&'a str, String)> {
        let found = |word: &String| prefixes.iter().find(|prefix| word.starts_with(**prefix)).copied();
        let at = self.rest.iter().position(|word| found(word).is_some())?;
        let word = self.rest.remove(at);
        let prefix = found(&word)?;
        Some((prefix, word[prefix.len()..].to_owned()))
    }

    /// Cuts the rest at each lone `+`.
    pub(crate) fn groups(&mut self) -> Vec<Self> {
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() {
            return Vec::new();
        }
        rest.split(|word| word == "+").map(|group| Self::of_tokens(group.to_vec())).collect()
    }

    /// Insists that everything was understood.
    pub(crate) fn finish(&self) -> Result<(), String> {
        match self.rest.first() {
            None => Ok(()),
            Some(word) if self.known.is_empty() => Err(format!("`{word}` is too much here")),
            Some(word) => Err(format!("`{word}` is not understood here; expected {}", self.known.join(", "))),
        }
    }

    fn note(&mut self, key: &str, form: &str) {
        self.known.push(format!("{key}{form}"));
    }
}

fn read<T: Word>(key: &str, text: &str) -> Result<T, String> {
    let place = if key.is_empty() { String::new() } else { format!("{key}=") };
    T::read(text).ok_or_else(|| format!("`{place}{text}`: expected {}", T::WANTED))
}

fn put<T: Word>(key: &str, value: &T, out: &mut String) {
    out.push(' ');
    if !key.is_empty() {
        out.push_str(key);
        out.push('=');
    }
    value.write(out);
}

/// Slots that must be filled.
macro_rules! required {
    ($($type:ty),* $(,)?) => {$(
        impl Slot for $type {
            fn take(words: &mut Words, key: &str) -> Result<Self, String> {
                words.note(key, "=");
                let found = if key.is_empty() { words.bare() } else { words.named(key) };
                let place = if key.is_empty() { String::new() } else { format!(" as `{key}=`") };
                let text = found.ok_or_else(|| format!("expected {}{place}", <$type as Word>::WANTED))?;
                read(key, &text)
            }

            fn show(&self, key: &str, out: &mut String) {
                put(key, self, out);
            }

            #[cfg(test)]
            fn random(dice: &mut Dice) -> Self {
                Word::random(dice)
            }
        }
    )*};
}

required!(
    TaskNo,
    WorkerNo,
    ClientNo,
    ReadNo,
    Span,
    Shift,
    Text,
    Body,
    u16,
    u32,
    u64,
    u128,
    reeve_core::alarm::AlarmKind,
);

/// Slots that say something only when they differ from what is understood anyway.
macro_rules! understood {
    ($($type:ty),* $(,)?) => {$(
        impl Slot for $type {
            fn take(words: &mut Words, key: &str) -> Result<Self, String> {
                words.note(key, "=");
                words.named(key).map_or(Ok(Self::default()), |text| read(key, &text))
            }

            fn show(&self, key: &str, out: &mut String) {
                if *self != Self::default() {
                    put(key, self, out);
                }
            }

            #[cfg(test)]
            fn random(dice: &mut Dice) -> Self {
                Word::random(dice)
            }
        }
    )*};
}

understood!(Means, Shown, Source, InBatch);

impl<T: Word> Slot for Option<T> {
    fn take(words: &mut Words, key: &str) -> Result<Self, String> {
        words.note(key, "=");
        words.named(key).map(|text| read(key, &text)).transpose()
    }

    fn show(&self, key: &str, out: &mut String) {
        if let Some(value) = self {
            put(key, value, out);
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        dice.yes().then(|| Word::random(dice))
    }
}

/// A word that is there or not.
impl Slot for bool {
    fn take(words: &mut Words, key: &str) -> Result<Self, String> {
        words.note(key, "");
        Ok(words.flag(key))
    }

    fn show(&self, key: &str, out: &mut String) {
        if *self {
            out.push(' ');
            out.push_str(key);
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        dice.yes()
    }
}

#[cfg(test)]
fn many<T>(dice: impl FnMut() -> T, count: u64) -> Vec<T> {
    std::iter::repeat_with(dice).take(usize::try_from(count).unwrap_or(0)).collect()
}

/// A list of texts: `kinds=echo,shell`, and more words of the same key append to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(pub Vec<Text>);

impl Slot for Option<Texts> {
    fn take(words: &mut Words, key: &str) -> Result<Self, String> {
        words.note(key, "=");
        let mut list: Self = None;
        while let Some(text) = words.named(key) {
            let list = &mut list.get_or_insert_default().0;
            if text.is_empty() {
                continue;
            }
            for item in cut(&text, ',') {
                list.push(read(key, item)?);
            }
        }
        Ok(list)
    }

    fn show(&self, key: &str, out: &mut String) {
        let Some(Texts(list)) = self else { return };
        out.push_str(&format!(" {key}="));
        for (at, text) in list.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            text.write(out);
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        let count = dice.below(4);
        dice.yes().then(|| Texts(many(|| Word::random(dice), count)))
    }
}

/// Tasks by number, in ranges: `t1 t5..t9`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tasks(pub Vec<(u32, u32)>);

impl From<TaskNo> for Tasks {
    fn from(task: TaskNo) -> Self {
        Self(vec![(task.0, task.0)])
    }
}

impl Tasks {
    /// Each of them.
    pub fn each(&self) -> impl Iterator<Item = TaskNo> {
        self.0.iter().flat_map(|(first, last)| (*first..=*last).map(TaskNo))
    }
}

fn read_range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (TaskNo(first), TaskNo(last)) = (TaskNo::read(first)?, TaskNo::read(last)?);
    (first <= last).then_some((first, last))
}

fn write_range((first, last): (u32, u32), out: &mut String) {
    out.push_str(&TaskNo(first).to_string());
    if last != first {
        out.push_str(&format!("..{}", TaskNo(last)));
    }
}

impl Slot for Tasks {
    fn take(words: &mut Words, _: &str) -> Result<Self, String> {
        words.note("", "tasks such as t1 or t1..t9");
        let mut ranges = Vec::new();
        while let Some(at) = words.rest.iter().position(|word| read_range(word).is_some()) {
            let word = words.rest.remove(at);
            ranges.extend(read_range(&word));
        }
        Ok(Self(ranges))
    }

    fn show(&self, _: &str, out: &mut String) {
        for range in &self.0 {
            out.push(' ');
            write_range(*range, out);
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        let count = dice.below(3);
        Self(many(|| dice.small(), count).into_iter().map(|first| (first, first + dice.small())).collect())
    }
}

/// Labels: `label.zone=a`, in the order in which they are said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(pub Vec<(Text, Text)>);

impl Slot for Labels {
    fn take(words: &mut Words, _: &str) -> Result<Self, String> {
        words.note("label.KEY", "=");
        let mut labels = Vec::new();
        while let Some((_, word)) = words.prefixed(&["label."]) {
            let [key, value] =
                cut(&word, '=').try_into().map_err(|_| "expected `label.KEY=VALUE`".to_owned())?;
            labels.push((read("label", key)?, read("label", value)?));
        }
        Ok(Self(labels))
    }

    fn show(&self, _: &str, out: &mut String) {
        for (key, value) in &self.0 {
            out.push_str(" label.");
            key.write(out);
            out.push('=');
            value.write(out);
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        let count = dice.below(3);
        Self(many(|| (Word::random(dice), Word::random(dice)), count))
    }
}

/// Named resources: `res.gpu=1`, in the order in which they are said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Custom(pub Vec<(Text, u64)>);

impl Slot for Custom {
    fn take(words: &mut Words, _: &str) -> Result<Self, String> {
        words.note("res.NAME", "=");
        let mut amounts = Vec::new();
        while let Some((_, word)) = words.prefixed(&["res."]) {
            let [name, amount] =
                cut(&word, '=').try_into().map_err(|_| "expected `res.NAME=AMOUNT`".to_owned())?;
            amounts.push((read("res", name)?, read("res", amount)?));
        }
        Ok(Self(amounts))
    }

    fn show(&self, _: &str, out: &mut String) {
        for (name, amount) in &self.0 {
            out.push_str(" res.");
            name.write(out);
            out.push_str(&format!("={amount}"));
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        let count = dice.below(3);
        Self(many(|| (<Text as Word>::random(dice), u64::from(dice.small())), count))
    }
}

/// What is asked of one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// One of these values: `need.zone=a,b`.
    Need(Vec<Text>),
    /// None of these values: `avoid.zone=a,b`.
    Avoid(Vec<Text>),
    /// Any value: `has.zone`.
    Has,
    /// No value: `lacks.zone`.
    Lacks,
}

/// What is asked of labels, term by term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked(pub Vec<(Text, Ask)>);

impl Slot for Asked {
    fn take(words: &mut Words, _: &str) -> Result<Self, String> {
        words.note("need.KEY=, avoid.KEY=, has.KEY, lacks.KEY", "");
        let mut terms = Vec::new();
        while let Some((verb, word)) = words.prefixed(&["need.", "avoid.", "has.", "lacks."]) {
            let parts = cut(&word, '=');
            let values = || match parts.get(1) {
                None | Some(&"") => Ok(Vec::new()),
                Some(values) => cut(values, ',').into_iter().map(|value| read(verb, value)).collect(),
            };
            let ask = match verb {
                "need." => Ask::Need(values()?),
                "avoid." => Ask::Avoid(values()?),
                "has." => Ask::Has,
                _ => Ask::Lacks,
            };
            terms.push((read(verb, parts[0])?, ask));
        }
        Ok(Self(terms))
    }

    fn show(&self, _: &str, out: &mut String) {
        for (key, ask) in &self.0 {
            let (verb, values) = match ask {
                Ask::Need(values) => (" need.", Some(values)),
                Ask::Avoid(values) => (" avoid.", Some(values)),
                Ask::Has => (" has.", None),
                Ask::Lacks => (" lacks.", None),
            };
            out.push_str(verb);
            key.write(out);
            for (at, value) in values.into_iter().flatten().enumerate() {
                out.push(if at == 0 { '=' } else { ',' });
                value.write(out);
            }
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        let mut ask = || {
            let count = dice.below(3);
            let key = <Text as Word>::random(dice);
            let ask = match dice.below(4) {
                0 => Ask::Need(many(|| Word::random(dice), count)),
                1 => Ask::Avoid(many(|| Word::random(dice), count)),
                2 => Ask::Has,
                _ => Ask::Lacks,
            };
            (key, ask)
        };
        Self(vec![ask(), ask()])
    }
}

/// One dependency: `after.failed.run=t2@r1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// The task that must end first.
    pub on: TaskNo,
    /// When that counts as met: `succeeded` if not said.
    pub rule: Rule,
    /// What happens when it cannot be met: `cancel` if not said.
    pub otherwise: Otherwise,
    /// The archive read that tells of its end.
    pub seen: Source,
}

/// The dependencies of a task. `else=run` is short for `.run` in each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Afters(pub Vec<After>);

const AFTERS: [(&str, Rule, Otherwise); 6] = [
    ("after", Rule::Succeeded, Otherwise::Cancel),
    ("after.run", Rule::Succeeded, Otherwise::Run),
    ("after.finished", Rule::Finished, Otherwise::Cancel),
    ("after.finished.run", Rule::Finished, Otherwise::Run),
    ("after.failed", Rule::Failed, Otherwise::Cancel),
    ("after.failed.run", Rule::Failed, Otherwise::Run),
];

impl Slot for Afters {
    fn take(words: &mut Words, _: &str) -> Result<Self, String> {
        words.note("after[.finished|.failed][.run]=TASKS, else=run", "");
        let mut list = Vec::new();
        while let Some(at) = words.rest.iter().position(|word| word.starts_with("after")) {
            let word = words.rest.remove(at);
            let (key, tasks) = word.split_once('=').unwrap_or((&word, ""));
            let form = AFTERS.into_iter().find(|(form, ..)| *form == key);
            let (_, rule, otherwise) = form.ok_or_else(|| format!("`{key}`: expected after[.RULE][.run]"))?;
            for item in tasks.split(',') {
                let (range, seen) =
                    item.split_once('@').map_or((item, None), |(range, seen)| (range, Some(seen)));
                let seen = seen.map_or(Ok(Source::Fresh), |seen| read(key, seen))?;
                let wrong = || format!("`{key}={item}`: expected tasks such as t1, t1..t9 or t1@r1");
                let (first, last) = read_range(range).ok_or_else(wrong)?;
                list.extend((first..=last).map(|on| After { on: TaskNo(on), rule, otherwise, seen }));
            }
        }
        match words.named("else").as_deref() {
            None | Some("cancel") => {}
            Some("run") => list.iter_mut().for_each(|after| after.otherwise = Otherwise::Run),
            Some(other) => return Err(format!("`else={other}`: expected `run` or `cancel`")),
        }
        Ok(Self(list))
    }

    fn show(&self, _: &str, out: &mut String) {
        for After { on, rule, otherwise, seen } in &self.0 {
            let form = AFTERS.into_iter().find(|(_, a, b)| (a, b) == (rule, otherwise));
            out.push_str(&format!(" {}={on}", form.map_or("after", |(form, ..)| form)));
            if *seen != Source::Fresh {
                out.push('@');
                seen.write(out);
            }
        }
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        let count = dice.below(4);
        let mut after = || {
            let (_, rule, otherwise) = *dice.among(&AFTERS);
            After { on: Word::random(dice), rule, otherwise, seen: Word::random(dice) }
        };
        Self(many(&mut after, count))
    }
}

/// Declares groups of slots: each field with its key, in the order in which they are written.
macro_rules! sentences {
    ($($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident $key:literal: $type:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $($(#[$doc])* pub $field: $type),* }

        impl $crate::story::slot::Slot for $name {
            fn take(words: &mut $crate::story::slot::Words, _: &str) -> Result<Self, String> {
                Ok(Self { $($field: $crate::story::slot::Slot::take(words, $key)?),* })
            }

            fn show(&self, _: &str, out: &mut String) {
                let Self { $($field),* } = self;
                $($crate::story::slot::Slot::show($field, $key, out);)*
            }

            #[cfg(test)]
            fn random(dice: &mut $crate::story::dice::Dice) -> Self {
                Self { $($field: $crate::story::slot::Slot::random(dice)),* }
            }
        }
    )*};
}

pub(crate) use sentences;

sentences! {
    /// What a task asks of its worker.
    #[derive(Default)]
    Needs {
        /// The kind; `echo` if not said.
        kind "kind": Option<Text>,
        /// Other kinds that the worker must offer too.
        also "also": Option<Texts>,
        /// What its labels must say.
        asked "": Asked,
        /// Processor time, in thousandths.
        millicpu "millicpu": Option<u64>,
        /// Memory, in bytes.
        memory "memory": Option<u64>,
        /// Named resources.
        custom "": Custom,
    }

    /// What a worker offers.
    #[derive(Default)]
    Offering {
        /// How many tasks at once; one if not said.
        slots "slots": Option<u32>,
        /// The kinds; `echo` if not said.
        kinds "kinds": Option<Texts>,
        /// Its labels.
        labels "": Labels,
        /// Processor time, in thousandths.
        millicpu "millicpu": Option<u64>,
        /// Memory, in bytes.
        memory "memory": Option<u64>,
        /// Named resources.
        custom "": Custom,
    }

    /// A queue, by name.
    #[derive(Default)]
    InQueue {
        /// The queue; `default` if not said.
        queue "queue": Option<Text>,
        /// Its namespace; `default` if not said.
        namespace "ns": Option<Text>,
    }

    /// A task as a submit describes it.
    #[derive(Default)]
    Spec {
        /// Its queue.
        queue "": InQueue,
        /// What it asks of its worker.
        needs "": Needs,
        /// Whether queue and class are said by number.
        means "means": Means,
        /// Its urgency.
        priority "priority": Option<reeve_core::task::Priority>,
        /// Its input.
        payload "payload": Option<Body>,
        /// What the input is.
        content "content": Option<Content>,
        /// Its labels.
        labels "": Labels,
        /// Its earliest start.
        not_before "not-before": Option<When>,
        /// Its latest start.
        must_start_by "must-start-by": Option<When>,
        /// Time for one attempt.
        timeout "timeout": Option<Span>,
        /// How failures are retried.
        retry "retry": Option<reeve_core::task::RetryPolicy>,
        /// What must end first.
        afters "": Afters,
        /// Its parent.
        parent "parent": Option<TaskNo>,
        /// How long it is kept when it has ended.
        retention "retention": Option<Span>,
        /// Its trace context.
        trace "trace": Option<Text>,
    }

    /// What a report says of its lease: task, token and session.
    #[derive(Default)]
    Grip {
        /// The task.
        task "": TaskNo,
        /// The token.
        token "token": Shown,
        /// The session; the one that was given the token if not said.
        by "by": Option<WorkerNo>,
    }

    /// Limits of a queue.
    #[derive(Default)]
    Limits {
        /// Most tasks leased at once.
        max_leased "max-leased": Option<u32>,
        /// Most live tasks.
        max_live "max-live": Option<u32>,
    }

    /// What an update changes.
    #[derive(Default)]
    Changed {
        /// Another urgency.
        priority "priority": Option<reeve_core::task::Priority>,
        /// Another input.
        payload "payload": Option<Body>,
        /// Another earliest start.
        not_before "not-before": Option<Amend<When>>,
        /// Another latest start.
        must_start_by "must-start-by": Option<Amend<When>>,
        /// Another time for each attempt.
        timeout "timeout": Option<Amend<Span>>,
        /// Other requirements, if anything is said of them.
        needs "": Needs,
        /// Whether the class is said by number.
        means "means": Means,
    }

    /// Which request of which client session this is.
    #[derive(Default)]
    Requested {
        /// The session.
        client "client": Option<ClientNo>,
        /// The request's number; the next one if not said.
        seq "seq": Option<u64>,
        /// Replies below this number were received.
        acked "acked": Option<u64>,
        /// On whose behalf.
        who "as": Option<Who>,
    }
}
