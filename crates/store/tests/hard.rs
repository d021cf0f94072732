//! The hard state. Each test runs on every kind of disk.

#[cfg(test)] // so that all of it counts as a test
mod hard {
    mod file;
}
