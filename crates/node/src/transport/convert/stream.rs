//! The stream of the log.

use reeve_core::name::Revision;
use reeve_proto::internal::v1 as wire;
use reeve_store::log::{EntryKind, LogEntry, LogId};
use reeve_store::reserve::Standing;
use wire::appended::Received as Came;
use wire::follow_response::Answer as Answered;

use super::{
    Misread, Read, envelope_in, envelope_out, given, last_in, log_id_in, log_id_out, refused_in, refused_out,
    vote_in, vote_out, wide_in, wide_out,
};
use crate::message::{Append, Appended, Letter, Pulse, Received, Refused, Report};

/// The first message of a stream, for the wire.
pub(in crate::transport) fn follow_out(letter: Letter<Append>) -> wire::FollowRequest {
    let envelope = Some(envelope_out(&letter));
    wire::FollowRequest { envelope, ..append_out(letter.body) }
}

/// The first message of a stream, from the wire.
pub(in crate::transport) fn follow_in(request: wire::FollowRequest) -> Read<Letter<Append>> {
    let (from, to) = envelope_in(request.envelope)?;
    let body = body_in(given(request.append, "append")?)?;
    Ok(Letter { from, to, body })
}

/// A later message, for the wire.
pub(in crate::transport) fn append_out(append: Append) -> wire::FollowRequest {
    let append = wire::Append {
        vote: Some(vote_out(append.vote)),
        previous: append.previous.map(log_id_out),
        entries: append.entries.into_iter().map(entry_out).collect(),
        committed: append.committed.map(log_id_out),
        pulse: Some(wire::Pulse { log_ms: Some(append.pulse.log_ms), quarantined: append.pulse.quarantined }),
    };
    wire::FollowRequest { envelope: None, append: Some(append) }
}

/// A later message, from the wire.
pub(in crate::transport) fn append_in(request: wire::FollowRequest) -> Read<Append> {
    if request.envelope.is_some() {
        return Err(Misread::OutOfRange("envelope"));
    }
    body_in(given(request.append, "append")?)
}

fn body_in(append: wire::Append) -> Read<Append> {
    let pulse = given(append.pulse, "pulse")?;
    Ok(Append {
        vote: vote_in(append.vote)?,
        previous: last_in(append.previous)?,
        entries: append.entries.into_iter().map(entry_in).collect::<Read<_>>()?,
        committed: last_in(append.committed)?,
        pulse: Pulse { log_ms: given(pulse.log_ms, "log_ms")?, quarantined: pulse.quarantined },
    })
}

fn entry_out(entry: LogEntry) -> wire::LogEntry {
    let kind = match entry.kind {
        EntryKind::Blank => wire::EntryKind::Blank,
        EntryKind::Normal => wire::EntryKind::Normal,
        EntryKind::Membership => wire::EntryKind::Membership,
    };
    wire::LogEntry {
        kind: Some(kind.into()),
        term: Some(entry.id.term),
        index: Some(entry.id.index),
        payload: Some(entry.payload),
    }
}

fn entry_in(entry: wire::LogEntry) -> Read<LogEntry> {
    let kind = entry.kind.and_then(|kind| wire::EntryKind::try_from(kind).ok());
    let kind = match given(kind, "entry.kind")? {
        wire::EntryKind::Unspecified => return Err(Misread::Missing("entry.kind")),
        wire::EntryKind::Blank => EntryKind::Blank,
        wire::EntryKind::Normal => EntryKind::Normal,
        wire::EntryKind::Membership => EntryKind::Membership,
    };
    let id = LogId { term: given(entry.term, "entry.term")?, index: given(entry.index, "entry.index")? };
    Ok(LogEntry { id, kind, payload: given(entry.payload, "entry.payload")? })
}

/// An answer of a stream, for the wire.
pub(in crate::transport) fn appended_out(answer: Result<Appended, Refused>) -> wire::FollowResponse {
    let answer = match answer {
        Ok(Appended { received, report }) => {
            let received = match received {
                Received::Through(last) => Came::Through(wire::Through { last: last.map(log_id_out) }),
                Received::Conflict(at) => Came::Conflict(log_id_out(at)),
                Received::Outvoted(vote) => Came::Outvoted(vote_out(vote)),
            };
            Answered::Appended(wire::Appended { received: Some(received), report: Some(report_out(report)) })
        }
        Err(refused) => Answered::Refused(refused_out(refused)),
    };
    wire::FollowResponse { answer: Some(answer) }
}

/// An answer of a stream, from the wire.
pub(in crate::transport) fn appended_in(response: wire::FollowResponse) -> Read<Result<Appended, Refused>> {
    let appended = match given(response.answer, "answer")? {
        Answered::Refused(refused) => return Ok(Err(refused_in(refused)?)),
        Answered::Appended(appended) => appended,
    };
    let received = match given(appended.received, "received")? {
        Came::Through(through) => Received::Through(last_in(through.last)?),
        Came::Conflict(at) => Received::Conflict(log_id_in(at)?),
        Came::Outvoted(vote) => Received::Outvoted(vote_in(Some(vote))?),
    };
    Ok(Ok(Appended { received, report: report_in(given(appended.report, "report")?)? }))
}

fn report_out(report: Report) -> wire::Report {
    let Report { wall_ms, applied, digest, common, disk, slow } = report;
    let disk = match disk {
        Standing::Plenty => wire::Room::Plenty,
        Standing::Low => wire::Room::Low,
        Standing::Critical => wire::Room::Critical,
    };
    let sample = |(revision, digest): (Revision, u128)| wire::Sample {
        revision: Some(revision.0),
        digest: Some(wide_out(digest)),
    };
    wire::Report {
        wall_ms: Some(wall_ms),
        applied: Some(applied.0),
        digest: Some(wide_out(digest)),
        common: common.map(sample),
        disk: Some(disk.into()),
        slow: Some(slow),
    }
}

fn report_in(report: wire::Report) -> Read<Report> {
    let disk = report.disk.and_then(|disk| wire::Room::try_from(disk).ok());
    let disk = match given(disk, "disk")? {
        wire::Room::Unspecified => return Err(Misread::Missing("disk")),
        wire::Room::Plenty => Standing::Plenty,
        wire::Room::Low => Standing::Low,
        wire::Room::Critical => Standing::Critical,
    };
    let sample = |sample: wire::Sample| {
        Ok((Revision(given(sample.revision, "sample.revision")?), digest_in(sample.digest.as_deref())?))
    };
    Ok(Report {
        wall_ms: given(report.wall_ms, "wall_ms")?,
        applied: Revision(given(report.applied, "applied")?),
        digest: digest_in(report.digest.as_deref())?,
        common: report.common.map(sample).transpose()?,
        disk,
        slow: given(report.slow, "slow")?,
    })
}

fn digest_in(bytes: Option<&[u8]>) -> Read<u128> {
    bytes.and_then(wide_in).ok_or(Misread::Missing("digest"))
}
