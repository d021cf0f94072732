//! The laws of clusters: what must be true of every history of whole replicas. One file each, one line each.
//!
//! They see what an outsider sees: logs as far as they were applied, digests, letters on the wire, answers. What a law says
//! of single entries, and of tasks, workers and sessions, is said in [`crate::check`], which the replay consults at each
//! committed entry, as it does the state's own laws.

pub mod answers_kept;
pub mod ends_for_cause;
pub mod fresh_reads;
pub mod leader_append_only;
pub mod leader_complete;
pub mod log_matching;
pub mod log_time;
pub mod one_history;
pub mod one_leader;
pub mod remembers;
pub mod removed_for_good;
pub mod same_state;
pub mod state_check;

pub use crate::check::Violation;
