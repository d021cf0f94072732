//! The door of tasks: what people and programs ask about them, at any node. What must be decided goes into the log as one
//! group of proposals for each call, by whoever leads; what is only read is read here.

mod deadline;
mod denial;
mod look;
mod words;

use std::sync::Arc;

use reeve_core::command::Batch;
use reeve_core::entry::{Actor, Proposal};
use reeve_core::name::{Name, Revision, TaskId};
use reeve_core::{Answer, Reply};
use reeve_node::office::desk::Group;
use reeve_proto::v1 as wire;
use reeve_proto::v1::tasks_server::{Tasks, TasksServer};
use tonic::{Request, Response, Status};

pub(super) use self::look::{Fresh, Looked, Unseen, ended, look};

use self::deadline::patience;
use self::denial::Denial;
use super::stage::Stages;
use crate::limits::PUBLIC_TASKS_MESSAGE_BYTES;

/// What the public listener serves.
pub(super) fn service(stages: Arc<Stages>) -> TasksServer<Service> {
    TasksServer::new(Service { stages })
        .max_decoding_message_size(PUBLIC_TASKS_MESSAGE_BYTES)
        .max_encoding_message_size(PUBLIC_TASKS_MESSAGE_BYTES)
}

/// What is said when the requests of all callers together are too large.
pub(super) fn crowded() -> Status {
    Denial::crowded().into()
}

/// The service behind it.
pub(super) struct Service {
    stages: Arc<Stages>,
}

/// What came of a submission.
struct Submitted {
    first: TaskId,
    count: u32,
    existing: bool,
    revision: Revision,
}

impl Submitted {
    fn ids(&self) -> impl Iterator<Item = String> {
        let Name { position, .. } = self.first.0;
        (position..position.saturating_add(self.count)).map(|position| {
            let name = Name { position, ..self.first.0 };
            name.to_string()
        })
    }
}

impl Service {
    async fn submit_all(
        &self,
        tasks: Vec<wire::NewTask>,
        key: Option<wire::Key>,
        batch: Batch,
        patience: std::time::Duration,
    ) -> Result<Submitted, Denial> {
        let seat = self.stages.seat()?;
        let (mut submit, bodies) = words::submit_in(tasks, key, batch)?;
        let named = words::named(&submit);
        if !named.is_empty() {
            let ended = seat.ended(named).await?;
            words::note_ended(&mut submit, &ended);
        }
        let proposal = Proposal { request: None, actor: Actor::Anyone, command: submit.into() };
        let answers = seat.propose(Group { proposals: vec![proposal], bodies }, patience).await?;
        match answers.first() {
            Some(Answer { revision, reply: Reply::Submitted { first, count, existing } }) => {
                Ok(Submitted { first: *first, count: *count, existing: *existing, revision: *revision })
            }
            Some(Answer { reply: Reply::Refused(refusal), .. }) => Err((*refusal).into()),
            other => Err(Denial::strange(format!("a submission was answered {other:?}"))),
        }
    }
}

#[tonic::async_trait]
impl Tasks for Service {
    async fn submit(
        &self,
        request: Request<wire::SubmitRequest>,
    ) -> Result<Response<wire::SubmitResponse>, Status> {
        let patience = patience(request.metadata());
        let wire::SubmitRequest { task, key } = request.into_inner();
        let task = task.ok_or_else(|| Denial::lacks("task"))?;
        let done = self.submit_all(vec![task], key, Batch::Alone, patience).await?;
        Ok(Response::new(wire::SubmitResponse {
            task: Some(done.first.to_string()),
            existing: Some(done.existing),
            revision: Some(done.revision.0),
        }))
    }

    async fn submit_many(
        &self,
        request: Request<wire::SubmitManyRequest>,
    ) -> Result<Response<wire::SubmitManyResponse>, Status> {
        let patience = patience(request.metadata());
        let wire::SubmitManyRequest { tasks, key } = request.into_inner();
        let done = self.submit_all(tasks, key, Batch::Own, patience).await?;
        Ok(Response::new(wire::SubmitManyResponse {
            tasks: done.ids().collect(),
            existing: Some(done.existing),
            revision: Some(done.revision.0),
        }))
    }

    async fn get(&self, request: Request<wire::GetRequest>) -> Result<Response<wire::GetResponse>, Status> {
        let patience = patience(request.metadata());
        let request = request.into_inner();
        let task = words::task_id(&request.task.ok_or_else(|| Denial::lacks("task"))?)?;
        let fresh = Fresh {
            at_least: request.at_least_revision.map(Revision),
            payload: request.with_payload.unwrap_or_default(),
            result: request.with_result.unwrap_or_default(),
        };
        let seat = self.stages.seat().map_err(Denial::from)?;
        let looked = seat.look(task, fresh, patience).await.map_err(Denial::from)?;
        Ok(Response::new(wire::GetResponse {
            revision: Some(looked.revision.0),
            task: Some(words::task_out(task, looked)),
        }))
    }
}
