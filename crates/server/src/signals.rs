//! Signals: SIGTERM and SIGINT ask for an orderly stop (and, the second time, for one at once), SIGHUP for a reload.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::Failure;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

/// The ear of the process. From its making on, these signals no longer end the process by themselves.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Begins to listen. Needs a runtime.
    pub fn listen() -> Result<Self, Failure> {
        let failed = |error| Failure::System { what: "signals", error };
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
            hangup: signal(SignalKind::hangup()).map_err(failed)?,
        })
    }

    /// The next that is heard; a stop before a reload. Losing the race in a `select!` loses no signal.
    pub async fn next(&mut self) -> Heard {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Heard::Stop,
            _ = self.interrupt.recv() => Heard::Stop,
            _ = self.hangup.recv() => Heard::Reload,
        }
    }

    /// The next stop; reloads are not heard meanwhile.
    pub async fn stop(&mut self) {
        while self.next().await != Heard::Stop {}
    }
}
