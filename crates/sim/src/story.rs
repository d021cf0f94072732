//! Stories: a small language that says everything commands can say, a player that lets it happen to the law, and the
//! text that tells what happened.
//!
//! A story is read by people and compared by machines. Tasks, workers and clients have short names (`t1`, `w1`,
//! `c1`), time passes by `sleep`, and one line is one proposal. The same typed lines are what a simulator generates,
//! and what a failing seed is printed as.

#[cfg(test)]
mod dice;
pub mod line;
mod memory;
mod names;
mod office;
mod player;
mod printer;
mod saying;
mod script;
mod show;
pub mod slot;
pub mod verb;
pub mod word;
mod wording;

pub use line::{Line, Misread, Show, read};
pub use memory::Memory;
pub use names::Names;
pub use player::{Heard, Player, START_MS, Said, Trouble};
pub use printer::{Tale, look};
pub use script::{lines, lines_of, retell};
pub use wording::Born;
