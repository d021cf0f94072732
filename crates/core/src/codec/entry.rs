//! The shape of an entry, and of what stands in every proposal.
//!
//! `[magic][version][law][time][sweep][proposals][bodies]`. The revision is not among the bytes: the log knows it.

use bytes::Bytes;

use crate::assembly::Shift;
use crate::codec::wire::{Reader, Wire, choice, put_span, shape};
use crate::entry::{Actor, BodyRef, Entry, Proposal, RequestId};
use crate::fault::Fault;
use crate::intern::Meant;
use crate::name::Revision;
use crate::refusal::Refusal;
use crate::task::{ContentType, Dependency, QueueName, Seen, TaskSpec, Terms};

/// The first byte of every entry.
const MAGIC: u8 = 0xEE;
const VERSION: u8 = 1;

/// The pinned tags of choices that are spelled by hand in this file.
pub(crate) const ORDINALS: &[(&str, &str, u8)] =
    &[("reference", "Id", 1), ("reference", "Here", 2), ("meant", "Known", 1), ("meant", "Words", 2)];

/// The canonical bytes of an entry.
#[must_use]
pub fn encode(entry: &Entry) -> Vec<u8> {
    let Entry { revision: _, law, time_ms, sweep, proposals, bodies } = entry;
    let mut out = Vec::new();
    put_head(&mut out, *law, *time_ms, *sweep);
    proposals.put(&mut out);
    put_bodies(&mut out, bodies);
    out
}

/// What stands before the proposals.
pub(crate) fn put_head(out: &mut Vec<u8>, law: u32, time_ms: u64, sweep: u32) {
    out.extend_from_slice(&[MAGIC, VERSION]);
    law.put(out);
    time_ms.put(out);
    sweep.put(out);
}

/// What stands behind them.
pub(crate) fn put_bodies(out: &mut Vec<u8>, bodies: &[Bytes]) {
    (bodies.len() as u64).put(out);
    bodies.iter().for_each(|body| put_span(body, out));
}

/// Reads the entry that the log holds at `revision`. Its bodies share the bytes.
///
/// # Errors
/// Any [`Fault`] of damaged or newer bytes, among them a law above `known` (see [`crate::LAW`]): what a replica does
/// not understand it must not skip.
pub fn decode(revision: Revision, bytes: &Bytes, known: u32) -> Result<Entry, Fault> {
    let mut from = Reader::new(bytes);
    let magic = from.byte()?;
    if magic != MAGIC {
        return Err(Fault::UnknownTag { family: "entry", tag: magic });
    }
    let version = from.byte()?;
    if version != VERSION {
        return Err(Fault::UnknownVersion { shape: "entry", version });
    }
    let law = u32::get(&mut from)?;
    if law > known {
        return Err(Fault::UnknownLaw { law, known });
    }
    let (time_ms, sweep) = (u64::get(&mut from)?, u32::get(&mut from)?);
    let proposals: Vec<Proposal> = Wire::get(&mut from)?;
    let count = u64::get(&mut from)?;
    if count > from.left() as u64 {
        return Err(Fault::Truncated);
    }
    let mut bodies = Vec::new();
    for _ in 0..count {
        let body = from.span()?;
        bodies.push(bytes.slice_ref(body));
    }
    from.finish()?;
    for proposal in &proposals {
        if let crate::command::Command::RaiseLaw(raise) = &proposal.command
            && raise.law > known
        {
            return Err(Fault::UnknownLaw { law: raise.law, known });
        }
    }
    Ok(Entry { revision, law, time_ms, sweep, proposals, bodies })
}

impl<Id: Wire, Words: Wire> Wire for Meant<Id, Words> {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Known { id, born } => {
                out.push(1);
                id.put(out);
                born.put(out);
            }
            Self::Words(words) => {
                out.push(2);
                words.put(out);
            }
        }
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        match from.byte()? {
            1 => Ok(Self::Known { id: Wire::get(from)?, born: Wire::get(from)? }),
            2 => Wire::get(from).map(Self::Words),
            tag => Err(Fault::UnknownTag { family: "meant", tag }),
        }
    }

    fn relocate(&mut self, by: &Shift) -> Result<(), Refusal> {
        match self {
            Self::Known { id, born } => {
                id.relocate(by)?;
                born.relocate(by)
            }
            Self::Words(words) => words.relocate(by),
        }
    }
}

impl Wire for BodyRef {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { position, length, hash } = self;
        position.put(out);
        length.put(out);
        hash.put(out);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self { position: Wire::get(from)?, length: Wire::get(from)?, hash: Wire::get(from)? })
    }

    fn relocate(&mut self, by: &Shift) -> Result<(), Refusal> {
        by.body(&mut self.position)
    }
}

choice!(Actor, "actor" { 1 = Anyone, 2 = Office, 3 = Subject(subject) });
choice!(ContentType, "content_type" { 1 = Opaque, 2 = Json, 3 = Other(name) });
shape!(RequestId { client, sequence, acked_below });
shape!(Proposal { request, actor, command });
shape!(QueueName { namespace, queue });
shape!(Seen { at, ending });
shape!(Dependency { on, rule, otherwise, seen });
shape!(Terms {
    not_before_ms,
    must_start_by_ms,
    attempt_timeout_ms,
    retry,
    dependencies,
    parent,
    retention_ms,
    trace,
});
shape!(TaskSpec { queue, class, priority, payload, content_type, labels, terms });
shape!(crate::effect::Holding { worker, task, token });
