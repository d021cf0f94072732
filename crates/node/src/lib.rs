//! One replica: consensus over the store, and the office that the leader holds.
//!
//! What lives here: the adapters between openraft and the store, the messages between replicas, the batcher, the office
//! (log time, sessions, matching, due work), reads, membership, and the checks by which replicas watch one another. This is
//! the only crate that names openraft, and everything in it runs on the runtime, disk, network and clock of a
//! [`Platform`], so that the simulator drives the very code that ships.
//!
//! What must never be here: the words of any public interface; and, outside of [`ground`] and [`transport`], which only
//! production has, a socket, a thread, the time of the system and randomness of the system.

mod books;
mod fold;
pub mod ground;
mod herald;
pub mod inquiry;
mod janitor;
pub mod limits;
pub mod matcher;
pub mod member;
mod members;
pub mod message;
pub mod office;
mod pace;
pub mod platform;
pub mod post;
mod raft;
mod reads;
mod receive;
pub mod recover;
pub mod replica;
mod scrub;
pub mod settings;
mod shared;
pub mod status;
pub mod transport;
mod workers;

pub use platform::Platform;
/// The store, for whoever opens the memory that a replica starts from.
pub use reeve_store as store;
pub use replica::Replica;
pub use settings::{Live, Settings};
pub use shared::CONDEMNED;
