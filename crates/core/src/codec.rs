//! The codec: explicit, versioned, canonical bytes for entries and records.
//!
//! Shapes live here, one file each; fossils (bytes and their printed meaning) are kept beside them. Everything that
//! may gain versions is framed by tag, version and length. Unknown tags and versions are faults, never guesses, and
//! bytes that are not the canonical form of what they mean are faults too.

mod command;
pub mod entry;
#[cfg(test)]
mod fossil;
pub mod record;
pub mod wire;

use crate::alarm::AlarmKind;
use crate::change::{Key, Part};
use crate::class::Test;
use crate::command::Command;
use crate::event::{AttemptEnd, Cancelled, ClientStep, Event, PlaceStep, Step, WorkerStep};
use crate::refusal::{Cap, Field, Refusal};
use crate::reply::Reply;
use crate::task::{Ending, Otherwise, Rule, Standing};
use crate::work::Work;
use crate::worker::Departure;

/// Every pinned tag: (family, name, number). Numbers are never reused and never change their meaning.
#[must_use]
pub fn ordinals() -> Vec<(&'static str, &'static str, u8)> {
    [
        Command::ORDINALS,
        Key::ORDINALS,
        Part::ORDINALS,
        Reply::ORDINALS,
        Refusal::ORDINALS,
        Field::ORDINALS,
        Cap::ORDINALS,
        Event::ORDINALS,
        Step::ORDINALS,
        WorkerStep::ORDINALS,
        ClientStep::ORDINALS,
        PlaceStep::ORDINALS,
        AttemptEnd::ORDINALS,
        Cancelled::ORDINALS,
        record::PhaseRecord::ORDINALS,
        Standing::ORDINALS,
        Ending::ORDINALS,
        Rule::ORDINALS,
        Otherwise::ORDINALS,
        Test::ORDINALS,
        Departure::ORDINALS,
        AlarmKind::ORDINALS,
        Work::ORDINALS,
        crate::entry::Actor::ORDINALS,
        crate::task::ContentType::ORDINALS,
        crate::command::Batch::ORDINALS,
        entry::ORDINALS,
    ]
    .concat()
}
