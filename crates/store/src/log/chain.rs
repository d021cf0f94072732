//! The chain: a hash over everything the log ever held, by which a replaced entry is found and replicas compare.

use std::fmt;

use xxhash_rust::xxh3::Xxh3;

use super::LogEntry;
use super::entry::head;

/// The hash of a log up to one of its entries. The empty log has the default.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Chain(pub [u8; 16]);

impl Chain {
    /// The chain with one more entry.
    #[must_use]
    pub fn link(self, entry: &LogEntry) -> Self {
        let mut hash = Xxh3::new();
        hash.update(&self.0);
        hash.update(&entry.id.index.to_be_bytes());
        hash.update(&head(entry));
        hash.update(&entry.payload);
        Self(hash.digest128().to_be_bytes())
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}
