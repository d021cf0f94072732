//! Receiving a snapshot: one at a time, piece by piece, from where the last attempt ended.

use reeve_store::Fault;
use reeve_store::checkpoint::{Incoming, Manifest, Received};
use reeve_store::engine::Engine;
use reeve_store::fault::FaultKind;

/// The snapshot that is coming in, if one is.
pub(crate) struct Reception<E: Engine> {
    disk: E::Disk,
    incoming: Option<Incoming<E>>,
}

impl<E: Engine> Reception<E> {
    pub(crate) const fn new(disk: E::Disk) -> Self {
        Self { disk, incoming: None }
    }

    /// Begins, or goes on with what is there already of the same snapshot.
    pub(crate) fn begin(&mut self, manifest: &[u8]) -> Result<Vec<u64>, Fault> {
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
        self.incoming.take().ok_or_else(nothing_begun)?.finish()
    }
}

/// How much of each file is here.
fn have<E: Engine>(incoming: &Incoming<E>) -> Result<Vec<u64>, Fault> {
    incoming.manifest().files.iter().map(|file| incoming.have(&file.name)).collect()
}

fn nothing_begun() -> Fault {
    Fault::new(FaultKind::Gone, "incoming", "no snapshot is coming in")
}
