//! A read sees everything that was acknowledged before it began.

use reeve_core::name::Revision;

use super::Violation;

/// The last revision that anybody was told of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reads {
    acknowledged: Revision,
}

impl Reads {
    /// Somebody was told of this revision.
    pub fn acknowledged(&mut self, revision: Revision) {
        self.acknowledged = self.acknowledged.max(revision);
    }

    /// What a read that begins now must see.
    #[must_use]
    pub fn floor(&self) -> Revision {
        self.acknowledged
    }

    /// A read that began at this floor came to see this.
    ///
    /// # Errors
    /// It saw less.
    pub fn saw(floor: Revision, index: Revision) -> Result<(), Violation> {
        if index >= floor {
            return Ok(());
        }
        let what = format!("a read saw revision {index} after {floor} was acknowledged");
        Err(Violation { law: "fresh_reads", what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_sees_what_was_acknowledged() {
        let mut reads = Reads::default();
        reads.acknowledged(Revision(7));
        reads.acknowledged(Revision(5));
        assert_eq!(Reads::saw(reads.floor(), Revision(7)), Ok(()));
        assert_eq!(Reads::saw(reads.floor(), Revision(6)).unwrap_err().law, "fresh_reads");
    }
}
