//! Where the program `reeve` is.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// The program `reeve` that was built into the same folder as the running program, or into the one above it, where cargo puts
/// programs when the running one is a test.
///
/// # Errors
/// When it is in neither.
pub fn beside() -> Result<PathBuf> {
    let program = std::env::current_exe().context("cannot tell where this program stands")?;
    let name = format!("reeve{}", std::env::consts::EXE_SUFFIX);
    let places: Vec<PathBuf> = program.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).collect();
    match places.iter().find(|place| place.is_file()) {
        Some(place) => Ok(place.clone()),
        None => bail!(
            "the program `reeve` is not beside {}: build it first, with `cargo build --release --workspace --bins`",
            program.display()
        ),
    }
}
