//! The suite for engines, on both engines and on every disk that they can stand on.

#[macro_use]
#[path = "conformance/engine.rs"]
mod conformance;

use reeve_sim::cluster::disk::SimDisk;
use reeve_store::disk::memory::MemoryDisk;
use reeve_store::disk::real::RealDisk;
use reeve_store::engine::memory::Memory;
use reeve_store::engine::rocks::Rocks;
use tempfile::TempDir;

fn real() -> (RealDisk, TempDir) {
    let folder = tempfile::tempdir().expect("a folder for a test");
    let disk = RealDisk::open(folder.path()).expect("a data folder");
    (disk, folder)
}

mod rocks {
    use super::*;
    engine_conformance!(conformance, Rocks, real());
}

mod memory {
    use super::*;
    engine_conformance!(conformance, Memory<MemoryDisk>, (MemoryDisk::default(), ()));
}

mod memory_on_a_simulated_disk {
    use super::*;
    engine_conformance!(conformance, Memory<SimDisk>, (SimDisk::fresh(), ()));
}

mod memory_on_a_file_system {
    use super::*;
    engine_conformance!(conformance, Memory<RealDisk>, real());
}
