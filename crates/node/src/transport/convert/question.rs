//! Questions.

use reeve_proto::internal::v1 as wire;
use wire::ask_request::Question as Asked;
use wire::change::Change as Changed;

use super::{
    Read, envelope_in, envelope_out, given, last_in, log_id_out, member_in, member_out, vote_in, vote_out,
    wish_in, wish_out,
};
use crate::message::{Ballot, Change, Letter, Question};

/// A question, for the wire.
pub(in crate::transport) fn question_out(letter: Letter<Question>) -> wire::AskRequest {
    let envelope = Some(envelope_out(&letter));
    let question = match letter.body {
        Question::Vote(ballot) => Asked::Vote(ballot_out(&ballot)),
        Question::PreVote(ballot) => Asked::PreVote(ballot_out(&ballot)),
        Question::Lead { vote, last } => {
            Asked::Lead(wire::Lead { vote: Some(vote_out(vote)), last: last.map(log_id_out) })
        }
        Question::Offer { manifest } => Asked::Offer(wire::Offer { manifest: Some(manifest) }),
        Question::Piece { file, offset, bytes } => {
            Asked::Piece(wire::Piece { file: Some(file), offset: Some(offset), content: Some(bytes) })
        }
        Question::Install { vote } => Asked::Install(wire::Install { vote: Some(vote_out(vote)) }),
        Question::Propose { group, patience_ms } => {
            Asked::Propose(wire::Propose { group: Some(group), patience_ms: Some(patience_ms) })
        }
        Question::ReadIndex => Asked::ReadIndex(wire::Nothing {}),
        Question::Members(change) => Asked::Members(wire::Change { change: Some(change_out(change)) }),
        Question::Admit(member) => Asked::Admit(member_out(member)),
        Question::StillMember => Asked::StillMember(wire::Nothing {}),
        Question::NumberOf(name) => Asked::NumberOf(name),
    };
    wire::AskRequest { envelope, question: Some(question) }
}

/// A question, from the wire.
pub(in crate::transport) fn question_in(request: wire::AskRequest) -> Read<Letter<Question>> {
    let (from, to) = envelope_in(request.envelope)?;
    let body = match given(request.question, "question")? {
        Asked::Vote(ballot) => Question::Vote(ballot_in(&ballot)?),
        Asked::PreVote(ballot) => Question::PreVote(ballot_in(&ballot)?),
        Asked::Lead(lead) => Question::Lead { vote: vote_in(lead.vote)?, last: last_in(lead.last)? },
        Asked::Offer(offer) => Question::Offer { manifest: given(offer.manifest, "manifest")? },
        Asked::Piece(piece) => Question::Piece {
            file: given(piece.file, "file")?,
            offset: given(piece.offset, "offset")?,
            bytes: given(piece.content, "content")?,
        },
        Asked::Install(install) => Question::Install { vote: vote_in(install.vote)? },
        Asked::Propose(propose) => Question::Propose {
            group: given(propose.group, "group")?,
            patience_ms: given(propose.patience_ms, "patience_ms")?,
        },
        Asked::ReadIndex(wire::Nothing {}) => Question::ReadIndex,
        Asked::Members(change) => Question::Members(change_in(given(change.change, "change")?)?),
        Asked::Admit(member) => Question::Admit(member_in(Some(member))?),
        Asked::StillMember(wire::Nothing {}) => Question::StillMember,
        Asked::NumberOf(name) => Question::NumberOf(name),
    };
    Ok(Letter { from, to, body })
}

fn ballot_out(ballot: &Ballot) -> wire::Ballot {
    wire::Ballot {
        vote: Some(vote_out(ballot.vote)),
        last: ballot.last.map(log_id_out),
        transfer: Some(ballot.transfer),
    }
}

fn ballot_in(ballot: &wire::Ballot) -> Read<Ballot> {
    Ok(Ballot {
        vote: vote_in(ballot.vote)?,
        last: last_in(ballot.last)?,
        transfer: given(ballot.transfer, "transfer")?,
    })
}

fn change_out(change: Change) -> Changed {
    match change {
        Change::Remove { node, anyway } => {
            Changed::Remove(wire::Remove { node: Some(node), anyway: Some(anyway) })
        }
        Change::Move { node, name, peer, public, wish } => {
            let to = wire::Member { name, peer, public, wish: wish.map(wish_out), drawn: None };
            Changed::Amend(wire::Amend { node: Some(node), to: Some(to) })
        }
        Change::Transfer { to } => Changed::Transfer(wire::Transfer { to }),
    }
}

fn change_in(change: Changed) -> Read<Change> {
    Ok(match change {
        Changed::Remove(remove) => {
            Change::Remove { node: given(remove.node, "node")?, anyway: given(remove.anyway, "anyway")? }
        }
        Changed::Amend(amend) => {
            let wire::Member { name, peer, public, wish, drawn: _ } = given(amend.to, "to")?;
            Change::Move { node: given(amend.node, "node")?, name, peer, public, wish: wish.map(wish_in) }
        }
        Changed::Transfer(transfer) => Change::Transfer { to: transfer.to },
    })
}
