//! The broom. What lives here keeps the other crates honest: the parts of the test suite and their budgets, the
//! pinned ordinals, and (under `tests/`) the tidy rules. Nothing that ships may ever depend on it.

pub mod parts;
pub mod pins;
