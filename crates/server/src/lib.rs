//! The front door of a node: its configuration and its manners as a process.
//!
//! What lives here: the one table of configuration keys and all that follows from it, the health and metrics listener,
//! what is told to the service manager, signals, the log, the life of a server process from start to stop, and its node:
//! the replica with its data, its listeners and its threads; and what can be done with its data while it does not run.
//!
//! What must never be here: what a replica decides. The process knows its node by [`server::Replica`] alone.

pub mod config;
pub mod failure;
pub mod health;
pub mod limits;
pub mod local;
pub mod log;
pub mod metrics;
pub mod node;
pub mod notify;
pub mod server;
pub mod signals;

pub use config::Config;
pub use failure::Failure;
