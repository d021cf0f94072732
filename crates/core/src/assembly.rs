//! Assembling an entry from what many callers ask for.
//!
//! Each caller counts the bodies and the names of its own group from zero. Here groups are put one behind the other,
//! and every position inside is moved to where its group came to stand. A position beyond the group's own is refused
//! before anything is taken: no caller ever reaches a neighbour's body or name.
//!
//! What is in doubt only when the entry is applied (a reference forward inside a group, or to what is refused then)
//! is left to the law.

use std::ops::Range;

use bytes::Bytes;

use crate::codec::entry::{put_bodies, put_head};
use crate::codec::wire::Wire;
use crate::command::Command;
use crate::entry::Proposal;
use crate::refusal::{Field, Refusal};
use crate::state::LAW;

/// How the positions of one group move, and how far they may reach.
#[derive(Clone, Copy, Debug)]
pub struct Shift {
    /// Names before the group, and its own.
    names: (u32, u32),
    /// Bodies before the group, and its own.
    bodies: (u32, u32),
}

impl Shift {
    /// Of a group behind so many names with so many of its own, and the same for bodies.
    pub(crate) const fn new(names: (u32, u32), bodies: (u32, u32)) -> Self {
        Self { names, bodies }
    }

    pub(crate) const fn name(&self, position: &mut u32) -> Result<(), Refusal> {
        match shifted(*position, self.names) {
            Some(moved) => *position = moved,
            None => return Err(Refusal::ForwardReference),
        }
        Ok(())
    }

    pub(crate) const fn body(&self, position: &mut u32) -> Result<(), Refusal> {
        match shifted(*position, self.bodies) {
            Some(moved) => *position = moved,
            None => return Err(Refusal::OutOfBounds { field: Field::Body }),
        }
        Ok(())
    }
}

const fn shifted(position: u32, (before, own): (u32, u32)) -> Option<u32> {
    if position < own { position.checked_add(before) } else { None }
}

/// Where a group stands in its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its proposals, and so its answers.
    pub proposals: Range<usize>,
    /// The positions that it keeps for names.
    pub names: Range<u32>,
}

/// How much an entry holds so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Its proposals.
    pub proposals: usize,
    /// All bytes of its bodies.
    pub body_bytes: usize,
    /// The most that its encoded form can take.
    pub encoded_bytes: usize,
}

/// An entry being put together.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    proposals: Vec<Proposal>,
    bodies: Vec<Bytes>,
    names: u32,
    body_bytes: usize,
    /// The proposals as they will be written.
    written: Vec<u8>,
}

/// The most that an encoded number takes.
const NUMBER_BYTES: usize = 10;
/// The most that everything but proposals and bodies takes: two single bytes and five numbers.
const FRAME_BYTES: usize = 2 + 5 * NUMBER_BYTES;

impl Assembly {
    /// An entry of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what one caller asks for: proposals whose positions count its own bodies and names, from zero.
    ///
    /// # Errors
    /// The refusal of the whole group; nothing of it was taken. [`Refusal::ForwardReference`] for a name and
    /// `OutOfBounds(Body)` for a body beyond the group's own, `OutOfBounds(Tasks)` when positions are used up, and
    /// [`Refusal::LawNotNext`] for a law that this build does not know: no replica could read such an entry.
    pub fn push(&mut self, mut group: Vec<Proposal>, bodies: Vec<Bytes>) -> Result<Group, Refusal> {
        let names = group.iter().try_fold(0_u32, |sum, one| sum.checked_add(one.command.width()));
        let names = names.ok_or(TOO_MANY)?;
        let own = u32::try_from(bodies.len()).map_err(|_| TOO_MANY)?;
        let before = u32::try_from(self.bodies.len()).map_err(|_| TOO_MANY)?;
        before.checked_add(own).ok_or(TOO_MANY)?;
        self.take(&mut group, Shift::new((self.names, names), (before, own)), names)?;
        let first = self.proposals.len();
        self.proposals.append(&mut group);
        self.body_bytes += bodies.iter().map(Bytes::len).sum::<usize>();
        self.bodies.extend(bodies);
        Ok(Group { proposals: first..self.proposals.len(), names: self.names - names..self.names })
    }

    /// Takes a command of the leader's own office. Its references may name everything that stands before it in the
    /// entry, whoever asked for that; it has no bodies.
    ///
    /// # Errors
    /// As [`Assembly::push`].
    pub fn append(&mut self, command: Command) -> Result<Group, Refusal> {
        let names = command.width();
        let reach = self.names.checked_add(names).ok_or(TOO_MANY)?;
        let mut proposal = [Proposal::of_office(command)];
        self.take(&mut proposal, Shift::new((0, reach), (0, 0)), names)?;
        let first = self.proposals.len();
        self.proposals.extend(proposal);
        Ok(Group { proposals: first..first + 1, names: self.names - names..self.names })
    }

    /// Moves and writes proposals; changes nothing of its own if one is refused.
    fn take(&mut self, proposals: &mut [Proposal], by: Shift, names: u32) -> Result<(), Refusal> {
        let all = self.names.checked_add(names).ok_or(TOO_MANY)?;
        for proposal in &mut *proposals {
            if matches!(&proposal.command, Command::RaiseLaw(raise) if raise.law > LAW) {
                return Err(Refusal::LawNotNext);
            }
            proposal.relocate(&by)?;
        }
        proposals.iter().for_each(|proposal| proposal.put(&mut self.written));
        self.names = all;
        Ok(())
    }

    /// What was taken, in its order: each proposal, its positions moved, with the position of the first name that it
    /// may mint. The `n`th task of a submit is `n` positions further.
    pub fn proposals(&self) -> impl Iterator<Item = (u32, &Proposal)> {
        self.proposals.iter().scan(0, |next, proposal| {
            let first = *next;
            *next += proposal.command.width();
            Some((first, proposal))
        })
    }

    /// Whether nothing was taken yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.proposals.is_empty()
    }

    /// How much it holds.
    #[must_use]
    pub const fn size(&self) -> Size {
        let prefixes = NUMBER_BYTES * self.bodies.len();
        Size {
            proposals: self.proposals.len(),
            body_bytes: self.body_bytes,
            encoded_bytes: FRAME_BYTES + self.written.len() + prefixes + self.body_bytes,
        }
    }

    /// The canonical bytes of the entry, made under this law, at this time. Its revision is not among them: the log
    /// gives it, and [`crate::codec::entry::decode`] makes the two an entry.
    #[must_use]
    pub fn finish(self, law: u32, time_ms: u64, sweep: u32) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size().encoded_bytes);
        put_head(&mut out, law, time_ms, sweep);
        (self.proposals.len() as u64).put(&mut out);
        out.extend_from_slice(&self.written);
        put_bodies(&mut out, &self.bodies);
        out
    }
}

/// No 32 bits hold that many positions.
const TOO_MANY: Refusal = Refusal::OutOfBounds { field: Field::Tasks };
