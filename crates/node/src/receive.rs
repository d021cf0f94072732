//! Receiving a snapshot: one at a time, piece by piece, from where the last attempt ended.

use std::sync::Weak;

use reeve_store::Fault;
use reeve_store::checkpoint::{Incoming, Manifest, Received};
use reeve_store::engine::Engine;
use reeve_store::fault::FaultKind;

/// The snapshot that is coming in, if one is.
pub(crate) struct Reception<E: Engine> {
    disk: E::Disk,
    incoming: Option<Incoming<E>>,
    /// The last that was handed over: alive until it is installed, or nobody wants it any more.
    handed_over: Weak<()>,
}

impl<E: Engine> Reception<E> {
    pub(crate) const fn new(disk: E::Disk) -> Self {
        Self { disk, incoming: None, handed_over: Weak::new() }
    }

    /// Begins, or goes on with what is there already of the same snapshot.
    pub(crate) fn begin(&mut self, manifest: &[u8]) -> Result<Vec<u64>, Fault> {
        if self.handed_over.strong_count() > 0 {
            return Err(Fault::new(
                FaultKind::Gone,
                "incoming",
                "the last snapshot is about to be installed",
            ));
        }
        // Whatever else was coming in has lost its sender.
        self.incoming = None;
        let incoming = Incoming::begin(&self.disk, Manifest::from_bytes(manifest)?)?;
        let have = have(&incoming)?;
        self.incoming = Some(incoming);
        Ok(have)
    }

    /// Takes a piece.
    pub(crate) fn piece(&mut self, file: u32, offset: u64, bytes: &[u8]) -> Result<Vec<u64>, Fault> {
        let incoming = self.incoming.as_mut().ok_or_else(nothing_begun)?;
        let name = incoming.manifest().files.get(file as usize).map(|file| file.name.clone());
        let name =
            name.ok_or_else(|| Fault::new(FaultKind::Gone, "incoming", format!("there is no file {file}")))?;
        incoming.write(&name, offset, bytes)?;
        have(incoming)
    }

    /// All is here: checks every byte, and hands it over.
    pub(crate) fn finish(&mut self) -> Result<Received<E>, Fault> {
        let received = self.incoming.take().ok_or_else(nothing_begun)?.finish()?;
        self.handed_over = received.held();
        Ok(received)
    }
}

/// How much of each file is here.
fn have<E: Engine>(incoming: &Incoming<E>) -> Result<Vec<u64>, Fault> {
    incoming.manifest().files.iter().map(|file| incoming.have(&file.name)).collect()
}

fn nothing_begun() -> Fault {
    Fault::new(FaultKind::Gone, "incoming", "no snapshot is coming in")
}

#[cfg(test)]
mod tests {
    use reeve_store::book::Book;
    use reeve_store::disk::memory::MemoryDisk;
    use reeve_store::engine::memory::Memory;

    use super::*;

    type Engine = Memory<MemoryDisk>;

    #[test]
    fn nothing_is_received_over_what_is_about_to_be_installed() {
        let (there, here) = (MemoryDisk::default(), MemoryDisk::default());
        let (book, _) = Book::<Engine>::open(&there, 7).unwrap();
        let checkpoint = book.checkpoint().unwrap();
        let (manifest, mut reception) = (checkpoint.manifest(), Reception::<Engine>::new(here));
        let wire = manifest.to_bytes();
        reception.begin(&wire).unwrap();
        for (at, file) in (0..).zip(&manifest.files) {
            let all = usize::try_from(file.length).unwrap();
            reception.piece(at, 0, &checkpoint.chunk(&file.name, 0, all).unwrap()).unwrap();
        }
        let received = reception.finish().unwrap();
        let told = reception.begin(&wire).unwrap_err().to_string();
        assert!(told.contains("about to be installed"), "{told}");
        // Whoever was to install it has thought better of it.
        drop(received);
        let lengths: Vec<u64> = manifest.files.iter().map(|file| file.length).collect();
        assert_eq!(reception.begin(&wire).unwrap(), lengths, "all of it is still there");
    }
}
