//! What the service manager (systemd, `Type=notify`) is told: ready, how it goes, reloading, stopping; and that the node
//! is alive, for as long as it says so itself. Without a manager all of it does nothing.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval};

use crate::health::Vitals;
use crate::limits::{NOTIFY_TIMEOUT, STATUS_BYTES_MAX, STATUS_INTERVAL};

/// The node has started. It may still have to find its cluster: a manager that waited for that would kill a lone node.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(&line(status))]);
}

/// The configuration is being read again; [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "the service manager is not told of the reload"),
    }
}

/// An orderly stop has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// How often the manager wants a sign of life, if it does: twice as often as it would lose patience.
#[must_use]
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|patience| patience / 2).filter(|pause| !pause.is_zero())
}

/// Tells how the node is, again and again, and answers the watchdog while the node is live.
pub async fn keep_telling(vitals: Arc<dyn Vitals>, watchdog: Option<Duration>) {
    let mut signs = interval(watchdog.unwrap_or(STATUS_INTERVAL));
    let mut reports = interval(STATUS_INTERVAL);
    // After a pause of the machine one sign is enough.
    signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
    reports.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = String::new();
    loop {
        tokio::select! {
            _ = signs.tick(), if watchdog.is_some() => match vitals.live() {
                Ok(()) => tell(&[NotifyState::Watchdog]),
                Err(why) => tracing::error!(why, "not alive: the watchdog gets no answer"),
            },
            _ = reports.tick() => {
                let status = status(&*vitals);
                if status != told {
                    tell(&[NotifyState::Status(&line(&status))]);
                    told = status;
                }
            }
        }
    }
}

/// How the node is, in one line.
#[must_use]
pub fn status(vitals: &dyn Vitals) -> String {
    match vitals.live().and_then(|()| vitals.ready()) {
        Ok(how) => how,
        Err(why) => format!("not ready: {why}"),
    }
}

fn tell(what: &[NotifyState<'_>]) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let message: String = what.iter().map(|state| format!("{state}\n")).collect();
    if let Err(error) = send(&socket, message.as_bytes()) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

/// Not by the library's own hand, which waits for ever for a manager that has stopped reading: that would hold up the
/// stop of the process.
fn send(socket: &OsStr, message: &[u8]) -> io::Result<()> {
    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    let sender = UnixDatagram::unbound()?;
    sender.set_write_timeout(Some(NOTIFY_TIMEOUT))?;
    sender.send_to_addr(message, &address).map(|_| ())
}

/// One short line: a line break would begin another message.
fn line(text: &str) -> String {
    let mut line = text.replace(['\n', '\r'], " ");
    line.truncate(line.floor_char_boundary(STATUS_BYTES_MAX));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_short_line() {
        assert_eq!(line("a\nREADY=1"), "a READY=1");
        assert_eq!(line(&"ä".repeat(STATUS_BYTES_MAX)).len(), STATUS_BYTES_MAX);
        assert_eq!(line(&format!("a{}", "ä".repeat(STATUS_BYTES_MAX))).len(), STATUS_BYTES_MAX - 1);
    }
}
