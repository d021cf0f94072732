//! The laws of histories: what must be true of every run, whatever went wrong in it. One file each, one list.
//!
//! Laws see a run as an outsider does: entry by entry, event by event, against the ledger of what came before.

#![expect(clippy::wildcard_enum_match_arm, reason = "each law looks at the few steps that concern it")]

pub mod alarms_heeded;
pub mod answered_once;
pub mod backs_off;
pub mod cancel_reaches;
pub mod cancel_wins;
pub mod deadlines_hold;
pub mod dependencies_first;
pub mod events_match;
pub mod fenced;
pub mod first_come;
pub mod keys_remembered;
pub mod leases_as_told;
pub mod legal_steps;
pub mod limits_kept;
pub mod no_inversion;
pub mod nothing_lost;
pub mod nothing_overdue;
pub mod orders_follow;
pub mod orders_given;
pub mod pauses_respected;
pub mod reports_from_holders;
pub mod results_kept;
pub mod retries_counted;
pub mod sessions_end;
pub mod single_holder;
pub mod stones_stand;
pub mod suits;
pub mod tokens_grow;

use reeve_core::event::Event;

use crate::ledger::{Applied, Ledger};

/// One law. Either side may have nothing to say.
#[derive(Clone, Copy)]
pub struct Law {
    /// What it promises, in its file's name.
    pub name: &'static str,
    /// Looks at one event, before the ledger takes it in.
    pub on_event: fn(&Ledger, &Event, &Applied<'_>) -> Verdict,
    /// Looks at a whole entry, after the ledger took in its events.
    pub on_entry: fn(&Ledger, &Applied<'_>) -> Verdict,
}

/// Fine, or what is wrong.
pub type Verdict = Result<(), String>;

/// All of them.
pub const LAWS: &[Law] = &[
    alarms_heeded::LAW,
    answered_once::LAW,
    backs_off::LAW,
    cancel_reaches::LAW,
    cancel_wins::LAW,
    deadlines_hold::LAW,
    dependencies_first::LAW,
    events_match::LAW,
    fenced::LAW,
    first_come::LAW,
    keys_remembered::LAW,
    leases_as_told::LAW,
    legal_steps::LAW,
    limits_kept::LAW,
    no_inversion::LAW,
    nothing_lost::LAW,
    nothing_overdue::LAW,
    orders_follow::LAW,
    orders_given::LAW,
    pauses_respected::LAW,
    reports_from_holders::LAW,
    results_kept::LAW,
    retries_counted::LAW,
    sessions_end::LAW,
    single_holder::LAW,
    stones_stand::LAW,
    suits::LAW,
    tokens_grow::LAW,
];

/// For laws that have nothing to say about single events.
pub(crate) const fn any_event(_: &Ledger, _: &Event, _: &Applied<'_>) -> Verdict {
    Ok(())
}

/// For laws that have nothing to say about whole entries.
pub(crate) const fn any_entry(_: &Ledger, _: &Applied<'_>) -> Verdict {
    Ok(())
}

/// A law that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which law.
    pub law: &'static str,
    /// What was seen.
    pub what: String,
}

impl Ledger {
    /// Holds one applied entry against all laws, and takes it in.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn witness(&mut self, step: &Applied<'_>) -> Result<(), Violation> {
        self.open(step);
        for event in &step.outcome.events {
            for law in LAWS {
                (law.on_event)(self, event, step).map_err(|what| Violation { law: law.name, what })?;
            }
            self.note(event, step);
        }
        for law in LAWS {
            (law.on_entry)(self, step).map_err(|what| Violation { law: law.name, what })?;
        }
        self.close(step);
        Ok(())
    }
}
