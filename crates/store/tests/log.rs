//! The Raft log keeps what it was told, in order, and says so when it did not. Each test runs on every engine.

#[cfg(test)] // so that all of it counts as a test
mod log {
    mod fossils;
    mod ground;
    mod kept;
    mod mark;
    mod order;
    mod rot;
    mod watched;
}
