//! The rolling digest: one number that says whether two replicas have done the same.

use xxhash_rust::xxh3::Xxh3;

use crate::name::Revision;

/// The digest after an entry whose changes have these canonical bytes.
pub(crate) fn roll(digest: u128, revision: Revision, changes: &[u8]) -> u128 {
    let mut hasher = Xxh3::new();
    hasher.update(&digest.to_be_bytes());
    hasher.update(&revision.0.to_be_bytes());
    hasher.update(changes);
    hasher.digest128()
}
