//! A town as a test wants it: what goes wrong in it ends the test, and what servers answer is looked at as JSON.

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::time::Duration;

pub(crate) use reeve_town::limits::LONG;
use reeve_town::{Plan, Said};
use serde_json::Value;

/// Some servers and their data. What still runs is killed when it is dropped.
pub(crate) struct Town(reeve_town::Town);

impl Deref for Town {
    type Target = reeve_town::Town;

    fn deref(&self) -> &reeve_town::Town {
        &self.0
    }
}

impl DerefMut for Town {
    fn deref_mut(&mut self) -> &mut reeve_town::Town {
        &mut self.0
    }
}

const HERE: &str = "it is a server of this town";

impl Town {
    /// So many servers, with these settings and fresh data folders, started.
    pub(crate) fn of(count: usize, settings: &[&str]) -> Self {
        let plan = Plan::of(env!("CARGO_BIN_EXE_reeve"));
        let plan = settings.iter().fold(plan, |plan, setting| plan.set(*setting));
        Self(reeve_town::Town::of(count, &plan).expect("servers start"))
    }

    /// Where clients find a server.
    pub(crate) fn public(&self, number: usize) -> String {
        self.0.public(number).expect(HERE).to_string()
    }

    /// Where a server is found by its peers.
    pub(crate) fn peer(&self, number: usize) -> String {
        self.0.peer(number).expect(HERE)
    }

    /// Where the data of a server is.
    pub(crate) fn data(&self, number: usize) -> PathBuf {
        self.0.data(number).expect(HERE)
    }

    /// Everything that a server has written.
    pub(crate) fn said(&self, number: usize) -> String {
        std::fs::read_to_string(self.0.log(number).expect(HERE)).expect("it is text")
    }

    /// Starts a server, on the data that it has.
    pub(crate) fn start(&mut self, number: usize) {
        self.0.start(number).expect("it starts");
    }

    /// Ends a server at once.
    pub(crate) fn kill(&mut self, number: usize) {
        self.0.kill(number).expect("it runs");
    }

    /// Asks a server to stop in order; its exit code.
    pub(crate) fn stop(&mut self, number: usize) -> i32 {
        self.0.stop(number).expect("it stops")
    }

    /// Types `reeve cluster …`, to one server: the exit code, and what was said on both streams.
    pub(crate) fn type_to(&self, number: usize, words: &[&str]) -> (Option<i32>, String, String) {
        let Said { code, out, err } = self.0.type_to(number, words).expect("the program starts");
        (code, out, err)
    }

    /// The same, when it must be done; the answer.
    pub(crate) fn do_at(&self, number: usize, words: &[&str]) -> Value {
        self.0.do_at(number, words).expect("it is done")
    }

    /// How a server is, if it answers.
    pub(crate) fn status(&self, number: usize) -> Option<Value> {
        if !self.0.runs(number) {
            return None;
        }
        let (code, out, _) = self.type_to(number, &["status", "--json"]);
        (code == Some(0)).then(|| serde_json::from_str(&out).expect("it is JSON"))
    }

    /// What a server says on its health listener: the code and the text.
    pub(crate) fn health(&self, number: usize, path: &str) -> (u16, String) {
        self.0.health(number, path).expect("it listens")
    }

    /// The value of a metric of a server.
    pub(crate) fn metric(&self, number: usize, name: &str) -> Option<u64> {
        self.0.metric(number, name).expect("it listens")
    }

    /// Waits until something is so, and says how long it took.
    pub(crate) fn until(&self, what: &str, mut so: impl FnMut(&Self) -> bool) -> Duration {
        self.0.until(what, |_| so(self)).expect("it becomes so")
    }
}
