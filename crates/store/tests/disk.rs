//! The suite for disks, on the disks of this crate and on the simulated one; and what only a real one can be asked.

#[macro_use]
#[path = "conformance/disk.rs"]
mod conformance;

use std::os::unix::fs::PermissionsExt;

use reeve_sim::cluster::disk::SimDisk;
use reeve_store::disk::Disk;
use reeve_store::disk::memory::MemoryDisk;
use reeve_store::disk::real::RealDisk;
use tempfile::TempDir;

fn real() -> (RealDisk, TempDir) {
    let folder = tempfile::tempdir().expect("a folder for a test");
    let disk = RealDisk::open(folder.path().join("data")).expect("a new data folder");
    (disk, folder)
}

mod simulated {
    use super::*;
    disk_conformance!(conformance, (SimDisk::fresh(), ()));
}

mod in_memory {
    use super::*;
    disk_conformance!(conformance, (MemoryDisk::default(), ()));
}

mod on_a_file_system {
    use super::*;
    disk_conformance!(conformance, real());
}

#[test]
fn a_data_folder_is_made_for_its_owner_alone_and_found_again() {
    let above = tempfile::tempdir().unwrap();
    let root = above.path().join("deep/data");
    let disk = RealDisk::open(&root).unwrap();
    disk.write_at("a", 0, b"a").unwrap();
    assert_eq!(std::fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(RealDisk::open(&root).unwrap().read("a").unwrap(), Some(b"a".to_vec()));
    assert_eq!(disk.path("a/b").unwrap(), root.join("a/b"));
    assert_eq!(disk.path("").unwrap(), root);
    assert!(disk.path("../a").is_err());
}

#[test]
fn a_file_is_no_data_folder() {
    let above = tempfile::tempdir().unwrap();
    let path = above.path().join("file");
    std::fs::write(&path, "something").unwrap();
    assert!(RealDisk::open(&path).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), b"something");
}

#[test]
fn who_comes_second_is_told_who_came_first() {
    let (disk, _kept) = real();
    let _held = disk.lock().unwrap();
    let refused = disk.lock().unwrap_err().to_string();
    assert_eq!(refused, format!("process {} holds it", std::process::id()));
}

#[test]
fn a_claimed_file_has_its_blocks() {
    use std::os::unix::fs::MetadataExt;
    let (disk, _kept) = real();
    disk.write_at("sparse", (1 << 20) - 1, &[0]).unwrap();
    disk.allocate("claimed", 1 << 20).unwrap();
    let blocks = |name: &str| std::fs::metadata(disk.path(name).unwrap()).unwrap().blocks() * 512;
    assert!(blocks("sparse") < 1 << 20, "{}", blocks("sparse"));
    assert!(blocks("claimed") >= 1 << 20, "{}", blocks("claimed"));
}
