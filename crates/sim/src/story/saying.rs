//! Saying: what each sentence of a story is as a command of the law, and what it gives birth to.

use reeve_core::alarm::Alarm;
use reeve_core::codec::record::Failure;
use reeve_core::command::{self, Command};
use reeve_core::place::NamespaceSettings;
use reeve_core::worker::Departure;

use crate::story::slot::Offering;
use crate::story::verb::{
    AnswerUpdate, Cancel, Checkpoint, ClearAlarm, CloseClient, CloseWorker, Complete, ConfigureNamespace,
    ConfigureQueue, CreateNamespace, CreateQueue, DeleteNamespace, DeleteQueue, DrainWorker, ExpireClient,
    ExpireWorker, Extend, Fail, Forget, Grant, OpenClient, OpenWorker, Partial, Pause, PauseNamespace,
    PauseQueue, Progress, RaiseLaw, Recall, Release, Resume, ResumeNamespace, ResumeQueue, ResumeWorker,
    Retry, SetAlarm, Stopped, Submit, Suspended, Update,
};
use crate::story::word::Text;
use crate::story::wording::{Born, Worded, Wording, limits, offer, queue_name, said};

/// A sentence that can be proposed.
pub(crate) trait Saying {
    /// Appends the names that it may mint, in order.
    fn births(&self, _out: &mut Vec<Born>) {}

    /// The command.
    fn say(&self, wording: &mut Wording<'_>) -> Worded<Command>;
}

/// Sentences whose command needs nothing but the words: `self`, `wording`.
macro_rules! sayings {
    ($($verb:ident: |$say:ident, $wording:ident| $command:expr;)*) => {$(
        impl Saying for $verb {
            fn say(&self, $wording: &mut Wording<'_>) -> Worded<Command> {
                let $say = self;
                Ok($command.into())
            }
        }
    )*};
}

impl Saying for Submit {
    fn births(&self, out: &mut Vec<Born>) {
        out.extend(self.tasks().map(Born::Task));
    }

    fn say(&self, wording: &mut Wording<'_>) -> Worded<Command> {
        Ok(wording.submit(self)?.into())
    }
}

impl Saying for Grant {
    fn births(&self, out: &mut Vec<Born>) {
        out.push(Born::Lease);
    }

    fn say(&self, wording: &mut Wording<'_>) -> Worded<Command> {
        Ok(command::Grant { task: wording.task(self.task), worker: wording.worker(self.to) }.into())
    }
}

impl Saying for OpenClient {
    fn births(&self, out: &mut Vec<Born>) {
        out.push(Born::Client(self.client));
    }

    fn say(&self, _: &mut Wording<'_>) -> Worded<Command> {
        Ok(command::OpenClient.into())
    }
}

impl Saying for OpenWorker {
    fn births(&self, out: &mut Vec<Born>) {
        out.push(Born::Worker(self.worker));
    }

    fn say(&self, _: &mut Wording<'_>) -> Worded<Command> {
        Ok(command::OpenWorker {
            name: self.name.as_ref().map_or_else(|| self.worker.to_string().into(), Text::text),
            offer: offer(&self.offering),
            ttl_ms: self.ttl.map_or(30_000, |span| span.0),
            secret: self.secret,
        }
        .into())
    }
}

sayings! {
    Recall: |say, wording| command::Recall { holding: wording.holding(&say.grip) };
    Extend: |say, wording| command::Extend { holding: wording.holding(&say.grip), by_ms: say.by.0 };
    Progress: |say, wording| command::Progress {
        holding: wording.holding(&say.grip),
        permille: say.permille,
        message: said(&say.message, ""),
    };
    Partial: |say, wording| command::Partial {
        holding: wording.holding(&say.grip),
        index: say.index,
        body: wording.body(&say.body),
    };
    Checkpoint: |say, wording| command::Checkpoint {
        holding: wording.holding(&say.grip),
        body: wording.body(&say.body),
    };
    Complete: |say, wording| command::Complete {
        holding: wording.holding(&say.grip),
        result: say.result.as_ref().map(|result| wording.body(result)),
    };
    Fail: |say, wording| command::Fail {
        holding: wording.holding(&say.grip),
        retryable: say.retryable,
        failure: Failure { error: said(&say.error, ""), message: said(&say.message, "") },
        details: say.details.as_ref().map(|details| wording.body(details)),
        retry_after_ms: say.retry_after.map(|span| span.0),
    };
    Release: |say, wording| command::Release { holding: wording.holding(&say.grip) };
    Stopped: |say, wording| command::Stopped { holding: wording.holding(&say.grip) };
    Suspended: |say, wording| command::Suspended { holding: wording.holding(&say.grip) };
    AnswerUpdate: |say, wording| command::AnswerUpdate {
        holding: wording.holding(&say.grip),
        number: say.number,
        accepted: !say.refused,
    };
    Cancel: |say, wording| command::Cancel {
        task: wording.task(say.task),
        grace_ms: say.grace.map(|span| span.0),
        children: say.children,
        dependents: say.dependents,
    };
    Pause: |say, wording| command::Pause {
        task: wording.task(say.task),
        grace_ms: say.grace.map(|span| span.0),
    };
    Resume: |say, wording| command::Resume { task: wording.task(say.task) };
    Update: |say, wording| command::Update {
        task: wording.task(say.task),
        amendment: wording.amendment(&say.changed),
    };
    Retry: |say, wording| command::Retry {
        task: wording.old_task(say.task),
        found: wording.found(say.task, say.from)?.map(Box::new),
    };
    Forget: |say, wording| command::Forget {
        task: wording.old_task(say.task),
        found: wording.found(say.task, say.from)?.map(|found| (found.generation, found.read_at)),
    };
    CreateNamespace: |say, _wording| command::CreateNamespace {
        name: say.name.text(),
        settings: NamespaceSettings { queues_on_first_use: !say.strict },
    };
    ConfigureNamespace: |say, _wording| command::ConfigureNamespace {
        name: say.name.text(),
        settings: NamespaceSettings { queues_on_first_use: !say.strict },
    };
    PauseNamespace: |say, _wording| command::PauseNamespace { name: say.name.text() };
    ResumeNamespace: |say, _wording| command::ResumeNamespace { name: say.name.text() };
    DeleteNamespace: |say, _wording| command::DeleteNamespace { name: say.name.text() };
    CreateQueue: |say, _wording| command::CreateQueue {
        queue: queue_name(&say.queue),
        settings: limits(&say.limits),
    };
    ConfigureQueue: |say, _wording| command::ConfigureQueue {
        queue: queue_name(&say.queue),
        settings: limits(&say.limits),
    };
    PauseQueue: |say, _wording| command::PauseQueue { queue: queue_name(&say.queue) };
    ResumeQueue: |say, _wording| command::ResumeQueue { queue: queue_name(&say.queue) };
    DeleteQueue: |say, _wording| command::DeleteQueue { queue: queue_name(&say.queue) };
    CloseClient: |say, wording| command::CloseClient { client: wording.names().client(say.client) };
    ExpireClient: |say, wording| {
        let client = wording.names().client(say.client);
        let used = wording.player.state.client_last_used(client);
        // A stale office saw it last when it was opened.
        let idle_since = used.filter(|_| !say.stale).unwrap_or(client.0.revision);
        command::ExpireClient { client, idle_since }
    };
    ResumeWorker: |say, wording| command::ResumeWorker {
        worker: wording.worker(say.worker),
        offer: (say.offering != Offering::default()).then(|| offer(&say.offering)),
    };
    DrainWorker: |say, wording| command::DrainWorker { worker: wording.worker(say.worker) };
    CloseWorker: |say, wording| command::CloseWorker { worker: wording.worker(say.worker) };
    ExpireWorker: |say, wording| command::ExpireWorker {
        worker: wording.names().worker(say.worker),
        departure: say.departure.unwrap_or(Departure::Silent),
        charged: say.charged,
    };
    SetAlarm: |say, _wording| command::SetAlarm {
        alarm: Alarm { kind: say.alarm, node: say.node },
        message: said(&say.message, ""),
    };
    ClearAlarm: |say, _wording| command::ClearAlarm { alarm: Alarm { kind: say.alarm, node: say.node } };
    RaiseLaw: |say, _wording| command::RaiseLaw { law: say.law };
}
