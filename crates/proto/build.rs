//! Makes Rust of the sources in `proto/`: no `protoc` is needed on the machine that builds.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use prost::Message;

const SOURCES: &[&str] = &["reeve/internal/v1/peer.proto", "reeve/v1/cluster.proto", "reeve/v1/tasks.proto"];

fn main() -> Result<()> {
    let root = PathBuf::from("../../proto");
    println!("cargo::rerun-if-changed={}", root.display());
    let files = protox::compile(SOURCES, [&root])?;
    let out = PathBuf::from(env::var_os("OUT_DIR").context("cargo names no folder for what is built")?);
    fs::write(out.join("descriptor.bin"), files.encode_to_vec())?;
    // The connections are of our own making, so that each has its own bounds.
    tonic_prost_build::configure().build_transport(false).bytes(".").compile_fds(files)?;
    Ok(())
}
