//! Answers.

use bytes::Bytes;
use reeve_core::codec::wire::{Reader, Wire};
use reeve_core::name::Revision;
use reeve_proto::internal::v1 as wire;
use wire::ask_response::Answer as Answered;

use super::{
    Misread, Read, given, identity_in, identity_out, last_in, log_id_out, refused_in, refused_out, vote_in,
    vote_out,
};
use crate::message::{Answer, Refused};

/// An answer, for the wire.
pub(in crate::transport) fn answer_out(answer: Answer) -> wire::AskResponse {
    let answer = match answer {
        Answer::Vote { vote, last, granted } => Answered::Vote(wire::VoteAnswer {
            vote: Some(vote_out(vote)),
            last: last.map(log_id_out),
            granted: Some(granted),
        }),
        Answer::Lead(result) => {
            use wire::lead_answer::Result as Led;
            let result = result.map_or_else(Led::Refused, |()| Led::Done(wire::Nothing {}));
            Answered::Lead(wire::LeadAnswer { result: Some(result) })
        }
        Answer::Have(bytes_of_file) => Answered::Have(wire::Have { bytes_of_file }),
        Answer::Installed(vote) => Answered::Installed(vote_out(vote)),
        Answer::Proposed(result) => {
            use wire::proposed::Result as Decided;
            let result = match result {
                Ok(replies) => Decided::Replies(replies_out(&replies)),
                Err(refused) => Decided::Refused(refused_out(refused)),
            };
            Answered::Proposed(wire::Proposed { result: Some(result) })
        }
        Answer::ReadFrom(result) => Answered::ReadFrom(revision_out(result)),
        Answer::Members(result) => Answered::Members(revision_out(result)),
        Answer::Admitted(identity) => Answered::Admitted(identity_out(identity)),
        Answer::StillMember { without } => Answered::StillMember(wire::StillMember { without }),
        Answer::Number(number) => Answered::Number(number),
        Answer::Refused(refused) => Answered::Refused(refused_out(refused)),
    };
    wire::AskResponse { answer: Some(answer) }
}

/// An answer, from the wire.
pub(in crate::transport) fn answer_in(response: wire::AskResponse) -> Read<Answer> {
    Ok(match given(response.answer, "answer")? {
        Answered::Vote(vote) => Answer::Vote {
            vote: vote_in(vote.vote)?,
            last: last_in(vote.last)?,
            granted: given(vote.granted, "granted")?,
        },
        Answered::Lead(lead) => {
            use wire::lead_answer::Result as Led;
            Answer::Lead(match given(lead.result, "lead.result")? {
                Led::Done(wire::Nothing {}) => Ok(()),
                Led::Refused(text) => Err(text),
            })
        }
        Answered::Have(have) => Answer::Have(have.bytes_of_file),
        Answered::Installed(vote) => Answer::Installed(vote_in(Some(vote))?),
        Answered::Proposed(proposed) => {
            use wire::proposed::Result as Decided;
            Answer::Proposed(match given(proposed.result, "proposed.result")? {
                Decided::Replies(replies) => Ok(replies_in(&replies)?),
                Decided::Refused(refused) => Err(refused_in(refused)?),
            })
        }
        Answered::ReadFrom(revision) => Answer::ReadFrom(revision_in(revision)?),
        Answered::Members(revision) => Answer::Members(revision_in(revision)?),
        Answered::Admitted(identity) => Answer::Admitted(identity_in(&identity).map_err(Misread::Missing)?),
        Answered::StillMember(still) => Answer::StillMember { without: still.without },
        Answered::Number(number) => Answer::Number(number),
        Answered::Refused(refused) => Answer::Refused(refused_in(refused)?),
    })
}

fn replies_out(answers: &[reeve_core::Answer]) -> wire::Replies {
    let reply = |answer: &reeve_core::Answer| {
        let mut bytes = Vec::new();
        answer.reply.put(&mut bytes);
        wire::ReplyAt { revision: Some(answer.revision.0), reply: Some(Bytes::from(bytes)) }
    };
    wire::Replies { replies: answers.iter().map(reply).collect() }
}

fn replies_in(replies: &wire::Replies) -> Read<Vec<reeve_core::Answer>> {
    let reply = |at: &wire::ReplyAt| {
        let revision = Revision(given(at.revision, "reply.revision")?);
        let bytes = at.reply.as_ref().ok_or(Misread::Missing("reply.reply"))?;
        let reply = Reader::whole(bytes).map_err(|_| Misread::OutOfRange("reply.reply"))?;
        Ok(reeve_core::Answer { revision, reply })
    };
    replies.replies.iter().map(reply).collect()
}

fn revision_out(result: Result<Revision, Refused>) -> wire::RevisionOr {
    use wire::revision_or::Result as Either;
    let result = match result {
        Ok(revision) => Either::Revision(revision.0),
        Err(refused) => Either::Refused(refused_out(refused)),
    };
    wire::RevisionOr { result: Some(result) }
}

fn revision_in(revision: wire::RevisionOr) -> Read<Result<Revision, Refused>> {
    use wire::revision_or::Result as Either;
    Ok(match given(revision.result, "revision.result")? {
        Either::Revision(revision) => Ok(Revision(revision)),
        Either::Refused(refused) => Err(refused_in(refused)?),
    })
}
