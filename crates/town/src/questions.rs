//! What servers are asked, while the asker waits: over gRPC, and of the health listener.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use reeve_client::Cluster;
use reeve_client::cluster::Calls;
use tokio::runtime::Builder;
use tonic::{Response, Status};

use crate::limits::ANSWER;

/// Asks the node at this public address, and waits no longer than `patience`.
///
/// On a thread of its own: whoever asks may be part of an async program, where waiting is not allowed.
pub(crate) fn ask<T: Send>(
    at: SocketAddr,
    patience: Duration,
    question: impl AsyncFnOnce(&mut Calls) -> Result<Response<T>, Status> + Send,
) -> Result<T> {
    let asking = move || {
        let cluster = Cluster::at(&at.to_string())?;
        let runtime = Builder::new_current_thread().enable_all().build().context("cannot ask anybody")?;
        let answer = async { tokio::time::timeout(patience, cluster.ask(question)).await };
        let answer = runtime.block_on(answer);
        Ok(answer.with_context(|| format!("{at} did not answer within {patience:?}"))??)
    };
    let answer = std::thread::scope(|scope| scope.spawn(asking).join());
    answer.map_err(|_| anyhow!("whoever asked {at} has died"))?
}

/// What a server says on its health listener: the code and the text.
pub(crate) fn health(at: SocketAddr, path: &str) -> Result<(u16, String)> {
    let told = || format!("{at} does not say {path}");
    let mut stream = TcpStream::connect_timeout(&at, ANSWER).with_context(told)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: reeve\r\n\r\n").as_bytes()).with_context(told)?;
    let mut text = String::new();
    stream.read_to_string(&mut text).with_context(told)?;
    let (head, body) = text.split_once("\r\n\r\n").with_context(told)?;
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok()).with_context(told)?;
    Ok((code, body.to_owned()))
}

/// The value of a metric without labels in a text of metrics.
pub(crate) fn value(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_that_is_not_told_is_not_nothing() {
        let text = "# HELP a b\na 7\nab 9\nc x\n";
        assert_eq!(["a", "ab", "b", "c"].map(|name| value(text, name)), [Some(7), Some(9), None, None]);
    }
}
