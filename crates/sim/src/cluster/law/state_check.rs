//! Every state keeps all laws of states: what it counts is there, what it must find it finds. No digest covers that.

use std::fmt::Display;

use reeve_core::State;

use super::Violation;

/// Holds the state of somebody against them.
///
/// # Errors
/// The first that does not hold.
pub fn keeps(whose: impl Display, state: &State) -> Result<(), Violation> {
    state.check().map_err(|broken| Violation {
        law: "state_check",
        what: format!("the state of {whose} at {}: {broken}", state.revision()),
    })
}
