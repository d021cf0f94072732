//! Commands: one verb, one file, one line in the list below.
//!
//! A verb's file has its struct, its law and its refusals. It checks everything before it changes anything: a refused
//! command has changed nothing. Tags are pinned for ever; a new verb takes the next one.

use crate::assembly::Shift;
use crate::codec::wire::{Reader, Wire, put_frame};
use crate::effect::Holding;
use crate::fault::Fault;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// What every verb is to the law.
pub(crate) trait Verb {
    /// How many names the command may mint; its proposal keeps as many positions, whatever becomes of it.
    fn width(&self) -> u32 {
        0
    }

    /// Which lease the command is meant to end at once, so that nothing stays charged for it.
    fn ends(&self) -> Option<Ends> {
        None
    }

    /// Checks, then acts.
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal>;
}

/// A lease that a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// One that is held.
    Held(Holding),
    /// One that was revoked, and drains.
    Draining(Holding),
}

macro_rules! commands {
    ($($tag:literal $file:ident::$verb:ident),* $(,)?) => {
        $(mod $file;)*
        $(pub use $file::$verb;)*

        /// A command: one verb inside an entry.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Command {
            $(#[doc = concat!("See [`", stringify!($verb), "`].")] $verb($verb)),*
        }

        impl Command {
            /// The pinned tags: (family, verb, tag).
            pub const ORDINALS: &'static [(&'static str, &'static str, u8)] =
                &[$(("command", stringify!($verb), $tag)),*];

            /// The name of the verb.
            #[must_use]
            pub const fn verb(&self) -> &'static str {
                match self { $(Self::$verb(_) => stringify!($verb)),* }
            }

            /// How many positions of its entry the command keeps for the names that it may mint.
            #[must_use]
            pub fn width(&self) -> u32 {
                match self { $(Self::$verb(verb) => verb.width()),* }
            }

            pub(crate) fn ends(&self) -> Option<Ends> {
                match self { $(Self::$verb(verb) => verb.ends()),* }
            }

            pub(crate) fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
                match self { $(Self::$verb(verb) => verb.execute(turn)),* }
            }
        }

        impl Wire for Command {
            fn put(&self, out: &mut Vec<u8>) {
                match self { $(Self::$verb(verb) => put_frame($tag, VERSION, out, |out| verb.put(out))),* }
            }

            fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
                let (tag, version) = (from.byte()?, from.byte()?);
                let fields = from.span()?;
                if version != VERSION {
                    return Err(Fault::UnknownVersion { shape: "command", version });
                }
                match tag {
                    $($tag => Reader::whole(fields).map(Self::$verb),)*
                    tag => Err(Fault::UnknownTag { family: "command", tag }),
                }
            }

            fn relocate(&mut self, by: &Shift) -> Result<(), Refusal> {
                match self { $(Self::$verb(verb) => verb.relocate(by)),* }
            }
        }

        $(impl From<$verb> for Command {
            fn from(verb: $verb) -> Self {
                Self::$verb(verb)
            }
        })*
    };
}

/// The version of all command shapes so far. The first that changes gets a version of its own.
const VERSION: u8 = 1;

commands! {
    1 submit::Submit,
    2 grant::Grant,
    3 recall::Recall,
    4 extend::Extend,
    5 progress::Progress,
    6 partial::Partial,
    7 checkpoint::Checkpoint,
    8 complete::Complete,
    9 fail::Fail,
    10 release::Release,
    11 stopped::Stopped,
    12 cancel::Cancel,
    13 pause::Pause,
    14 suspended::Suspended,
    15 resume::Resume,
    16 update::Update,
    17 answer_update::AnswerUpdate,
    18 retry::Retry,
    19 forget::Forget,
    20 create_namespace::CreateNamespace,
    21 configure_namespace::ConfigureNamespace,
    22 pause_namespace::PauseNamespace,
    23 resume_namespace::ResumeNamespace,
    24 delete_namespace::DeleteNamespace,
    25 create_queue::CreateQueue,
    26 configure_queue::ConfigureQueue,
    27 pause_queue::PauseQueue,
    28 resume_queue::ResumeQueue,
    29 delete_queue::DeleteQueue,
    30 open_client::OpenClient,
    31 close_client::CloseClient,
    32 expire_client::ExpireClient,
    33 open_worker::OpenWorker,
    34 resume_worker::ResumeWorker,
    35 drain_worker::DrainWorker,
    36 close_worker::CloseWorker,
    37 expire_worker::ExpireWorker,
    38 set_alarm::SetAlarm,
    39 clear_alarm::ClearAlarm,
    40 raise_law::RaiseLaw,
}

pub(crate) use grant::may_grant;
pub use retry::Found;
pub use submit::{Batch, IdempotencyKey};
pub use update::Amendment;
