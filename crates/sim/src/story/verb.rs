//! Verbs: each command of the law as a typed sentence of a story, every field of it sayable.

use reeve_core::alarm::AlarmKind;
use reeve_core::command::Command;
use reeve_core::worker::Departure;

use crate::story::saying::Saying;
use crate::story::slot::{
    Changed, Grip, InQueue, Limits, Offering, Requested, Slot, Spec, Tasks, Texts, Words, sentences,
};
use crate::story::word::{Body, ClientNo, InBatch, Shown, Source, Span, TaskNo, Text, WorkerNo};
use crate::story::wording::{Born, Worded, Wording};

#[cfg(test)]
use crate::story::dice::Dice;

sentences! {
    /// Tasks that are described alike.
    #[derive(Default)]
    Group {
        /// Which tasks.
        tasks "": Tasks,
        /// Their description.
        spec "": Spec,
    }

    /// `grant t1 to=w1`
    #[derive(Default)]
    Grant {
        /// The task.
        task "": TaskNo,
        /// The worker.
        to "to": WorkerNo,
    }

    /// `recall t1`
    #[derive(Default)]
    Recall {
        /// The lease.
        grip "": Grip,
    }

    /// `extend t1 for=30s`
    #[derive(Default)]
    Extend {
        /// The lease.
        grip "": Grip,
        /// How long from now.
        by "for": Span,
    }

    /// `progress t1 permille=500 message="half"`
    #[derive(Default)]
    Progress {
        /// The lease.
        grip "": Grip,
        /// The share done, in thousandths.
        permille "permille": u16,
        /// For people.
        message "message": Option<Text>,
    }

    /// `partial t1 index=0 body=..`
    Partial {
        /// The lease.
        grip "": Grip,
        /// Which part.
        index "index": u32,
        /// The part.
        body "body": Body,
    }

    /// `checkpoint t1 body=..`
    Checkpoint {
        /// The lease.
        grip "": Grip,
        /// The saved state.
        body "body": Body,
    }

    /// `complete t1 result=..`
    #[derive(Default)]
    Complete {
        /// The lease.
        grip "": Grip,
        /// The result.
        result "result": Option<Body>,
    }

    /// `fail t1 retryable error=Io message=.. retry-after=5s`
    #[derive(Default)]
    Fail {
        /// The lease.
        grip "": Grip,
        /// Whether another attempt may help.
        retryable "retryable": bool,
        /// The type of error.
        error "error": Option<Text>,
        /// What happened.
        message "message": Option<Text>,
        /// More about it.
        details "details": Option<Body>,
        /// The shortest wait before the next attempt.
        retry_after "retry-after": Option<Span>,
    }

    /// `release t1`
    #[derive(Default)]
    Release {
        /// The lease.
        grip "": Grip,
    }

    /// `stopped t1`
    #[derive(Default)]
    Stopped {
        /// The revoked lease.
        grip "": Grip,
    }

    /// `cancel t1 grace=5s children dependents`
    #[derive(Default)]
    Cancel {
        /// The task.
        task "": TaskNo,
        /// How long a holder may go on.
        grace "grace": Option<Span>,
        /// Its children too.
        children "children": bool,
        /// What waits for it too.
        dependents "dependents": bool,
    }

    /// `pause t1 grace=5s`
    #[derive(Default)]
    Pause {
        /// The task.
        task "": TaskNo,
        /// How long a holder may take to answer.
        grace "grace": Option<Span>,
    }

    /// `suspended t1`
    #[derive(Default)]
    Suspended {
        /// The lease.
        grip "": Grip,
    }

    /// `resume t1`
    #[derive(Default)]
    Resume {
        /// The task.
        task "": TaskNo,
    }

    /// `update t1 priority=9 timeout=none`
    #[derive(Default)]
    Update {
        /// The task.
        task "": TaskNo,
        /// What changes.
        changed "": Changed,
    }

    /// `answer t1 number=1 refused`
    #[derive(Default)]
    AnswerUpdate {
        /// The lease.
        grip "": Grip,
        /// The number of the update.
        number "number": u32,
        /// Whether the holder does not take it over.
        refused "refused": bool,
    }

    /// `retry t1 from=r1`
    #[derive(Default)]
    Retry {
        /// The task.
        task "": TaskNo,
        /// The archive read that it carries.
        from "from": Source,
    }

    /// `forget t1 from=r1`
    #[derive(Default)]
    Forget {
        /// The task.
        task "": TaskNo,
        /// The archive read that it carries.
        from "from": Source,
    }

    /// `create-namespace acme strict`
    #[derive(Default)]
    CreateNamespace {
        /// Its name.
        name "": Text,
        /// Whether queues must be created before use.
        strict "strict": bool,
    }

    /// `configure-namespace acme strict`
    #[derive(Default)]
    ConfigureNamespace {
        /// Its name.
        name "": Text,
        /// Whether queues must be created before use.
        strict "strict": bool,
    }

    /// `pause-namespace acme`
    #[derive(Default)]
    PauseNamespace {
        /// Its name.
        name "": Text,
    }

    /// `resume-namespace acme`
    #[derive(Default)]
    ResumeNamespace {
        /// Its name.
        name "": Text,
    }

    /// `delete-namespace acme`
    #[derive(Default)]
    DeleteNamespace {
        /// Its name.
        name "": Text,
    }

    /// `create-queue queue=mail max-leased=2`
    #[derive(Default)]
    CreateQueue {
        /// Which.
        queue "": InQueue,
        /// Its limits.
        limits "": Limits,
    }

    /// `configure-queue queue=mail max-live=9`
    #[derive(Default)]
    ConfigureQueue {
        /// Which.
        queue "": InQueue,
        /// Its limits from now on.
        limits "": Limits,
    }

    /// `pause-queue queue=mail`
    #[derive(Default)]
    PauseQueue {
        /// Which.
        queue "": InQueue,
    }

    /// `resume-queue queue=mail`
    #[derive(Default)]
    ResumeQueue {
        /// Which.
        queue "": InQueue,
    }

    /// `delete-queue queue=mail`
    #[derive(Default)]
    DeleteQueue {
        /// Which.
        queue "": InQueue,
    }

    /// `open-client c1`
    #[derive(Default)]
    OpenClient {
        /// What the story calls it.
        client "": ClientNo,
    }

    /// `close-client c1`
    #[derive(Default)]
    CloseClient {
        /// Which.
        client "": ClientNo,
    }

    /// `expire-client c1 stale`
    #[derive(Default)]
    ExpireClient {
        /// Which.
        client "": ClientNo,
        /// By an office that has not seen it used since it was opened.
        stale "stale": bool,
    }

    /// `worker w1 slots=2 kinds=echo,shell ttl=30s`
    #[derive(Default)]
    OpenWorker {
        /// What the story calls it.
        worker "": WorkerNo,
        /// What it calls itself; the same if not said.
        name "name": Option<Text>,
        /// What it offers.
        offering "": Offering,
        /// How long it may be silent; half a minute if not said.
        ttl "ttl": Option<Span>,
        /// Lives by calls that show this secret.
        secret "secret": Option<u128>,
    }

    /// `resume-worker w1 slots=4`
    #[derive(Default)]
    ResumeWorker {
        /// Which.
        worker "": WorkerNo,
        /// What it offers from now on, if anything is said of it.
        offering "": Offering,
    }

    /// `drain w1`
    #[derive(Default)]
    DrainWorker {
        /// Which.
        worker "": WorkerNo,
    }

    /// `close-worker w1`
    #[derive(Default)]
    CloseWorker {
        /// Which.
        worker "": WorkerNo,
    }

    /// `expire w1 charged`
    ExpireWorker {
        /// Which.
        worker "": WorkerNo,
        /// How it went; silent if not said.
        departure "how": Option<Departure>,
        /// Whether its tasks may be to blame.
        charged "charged": bool,
    }

    /// `alarm no-space node=1`
    SetAlarm {
        /// What is wrong.
        alarm "": AlarmKind,
        /// Where.
        node "node": u64,
        /// What the node says.
        message "message": Option<Text>,
    }

    /// `clear-alarm no-space node=1`
    ClearAlarm {
        /// What was wrong.
        alarm "": AlarmKind,
        /// Where.
        node "node": u64,
    }

    /// `law 2`
    #[derive(Default)]
    RaiseLaw {
        /// The law from now on.
        law "": u32,
    }
}

/// `submit t1 kind=a + t2..t5 kind=b after=t1 key=k`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submit {
    /// The tasks, in groups that are described alike.
    pub groups: Vec<Group>,
    /// The idempotency key.
    pub key: Option<Text>,
    /// The hash that goes with it; zero if not said.
    pub hash: Option<u128>,
    /// How long the key is remembered at least.
    pub lifetime: Option<Span>,
    /// The batch.
    pub batch: InBatch,
}

impl Submit {
    /// The tasks, in order.
    pub fn tasks(&self) -> impl Iterator<Item = TaskNo> {
        self.groups.iter().flat_map(|group| group.tasks.each())
    }
}

impl Slot for Submit {
    fn take(words: &mut Words, _: &str) -> Result<Self, String> {
        let (key, hash) = (Slot::take(words, "key")?, Slot::take(words, "hash")?);
        let (lifetime, batch) = (Slot::take(words, "lifetime")?, Slot::take(words, "batch")?);
        let mut groups = Vec::new();
        for mut group in words.groups() {
            groups.push(Slot::take(&mut group, "")?);
            group.finish()?;
        }
        Ok(Self { groups, key, hash, lifetime, batch })
    }

    fn show(&self, _: &str, out: &mut String) {
        let Self { groups, key, hash, lifetime, batch } = self;
        for (at, group) in groups.iter().enumerate() {
            if at > 0 {
                out.push_str(" +");
            }
            group.show("", out);
        }
        key.show("key", out);
        hash.show("hash", out);
        lifetime.show("lifetime", out);
        batch.show("batch", out);
    }

    #[cfg(test)]
    fn random(dice: &mut Dice) -> Self {
        // A group that says nothing is not written.
        let mut group = || {
            let mut group = Group::random(dice);
            group.tasks.0.push((1, 1));
            group
        };
        let groups = vec![group(), group()];
        let (key, hash) = (Slot::random(dice), Slot::random(dice));
        Self { groups, key, hash, lifetime: Slot::random(dice), batch: Slot::random(dice) }
    }
}

macro_rules! verbs {
    ($($keyword:literal $verb:ident),* $(,)?) => {
        /// A command of the law, as a story says it.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Verb {
            $(#[doc = concat!("`", $keyword, "`")] $verb($verb)),*
        }

        impl Verb {
            /// The words that begin a verb's line.
            pub const KEYWORDS: &'static [&'static str] = &[$($keyword),*];

            /// The word that begins its line.
            #[must_use]
            pub const fn keyword(&self) -> &'static str {
                match self { $(Self::$verb(_) => $keyword),* }
            }

            pub(crate) fn take(keyword: &str, words: &mut Words) -> Option<Result<Self, String>> {
                match keyword {
                    $($keyword => Some(Slot::take(words, "").map(Self::$verb)),)*
                    _ => None,
                }
            }

            pub(crate) fn show(&self, out: &mut String) {
                out.push_str(self.keyword());
                match self { $(Self::$verb(verb) => verb.show("", out)),* }
            }

            pub(crate) fn births(&self, out: &mut Vec<Born>) {
                match self { $(Self::$verb(verb) => verb.births(out)),* }
            }

            pub(crate) fn say(&self, wording: &mut Wording<'_>) -> Worded<Command> {
                match self { $(Self::$verb(verb) => verb.say(wording)),* }
            }

            #[cfg(test)]
            pub(crate) fn random(dice: &mut Dice) -> Self {
                let all: &[fn(&mut Dice) -> Self] = &[$(|dice| Self::$verb(Slot::random(dice))),*];
                dice.among(all)(dice)
            }
        }

        $(impl From<$verb> for Verb {
            fn from(verb: $verb) -> Self {
                Self::$verb(verb)
            }
        })*
    };
}

verbs! {
    "submit" Submit, "grant" Grant, "recall" Recall, "extend" Extend, "progress" Progress, "partial" Partial,
    "checkpoint" Checkpoint, "complete" Complete, "fail" Fail, "release" Release, "stopped" Stopped,
    "cancel" Cancel, "pause" Pause, "suspended" Suspended, "resume" Resume, "update" Update,
    "answer" AnswerUpdate, "retry" Retry, "forget" Forget, "create-namespace" CreateNamespace,
    "configure-namespace" ConfigureNamespace, "pause-namespace" PauseNamespace,
    "resume-namespace" ResumeNamespace, "delete-namespace" DeleteNamespace, "create-queue" CreateQueue,
    "configure-queue" ConfigureQueue, "pause-queue" PauseQueue, "resume-queue" ResumeQueue,
    "delete-queue" DeleteQueue, "open-client" OpenClient, "close-client" CloseClient,
    "expire-client" ExpireClient, "worker" OpenWorker, "resume-worker" ResumeWorker, "drain" DrainWorker,
    "close-worker" CloseWorker, "expire" ExpireWorker, "alarm" SetAlarm, "clear-alarm" ClearAlarm,
    "law" RaiseLaw,
}

/// A verb, and who asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// What is asked.
    pub verb: Verb,
    /// Which request it is, and on whose behalf.
    pub requested: Requested,
}

impl<V: Into<Verb>> From<V> for Proposed {
    fn from(verb: V) -> Self {
        Self { verb: verb.into(), requested: Requested::default() }
    }
}

/// A grip on a lease under the last token that the player knows.
#[must_use]
pub fn grip(task: TaskNo) -> Grip {
    Grip { task, token: Shown::Last, by: None }
}

/// A list of kinds.
#[must_use]
pub fn kinds(kinds: &[&str]) -> Option<Texts> {
    Some(Texts(kinds.iter().map(|kind| Text::from(*kind)).collect()))
}
