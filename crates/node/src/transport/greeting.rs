//! The first bytes of a connection: ours, which name its lane, and HTTP/2's. Whoever sends anything else is not a
//! replica and gets no further.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::platform::Lane;

/// The start of every connection; its last sign is the version of this protocol.
const START: &[u8; 7] = b"reevep1";

/// How HTTP/2 begins (RFC 9113, section 3.4).
pub(super) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const fn letter(lane: Lane) -> u8 {
    match lane {
        Lane::Pulse => b'P',
        Lane::Log => b'L',
        Lane::Bulk => b'B',
        Lane::Desk => b'D',
    }
}

/// Says what this connection is for.
pub(super) async fn send(stream: &mut TcpStream, lane: Lane) -> io::Result<()> {
    let mut greeting = [0; 8];
    greeting[..7].copy_from_slice(START);
    greeting[7] = letter(lane);
    stream.write_all(&greeting).await
}

/// Hears what a connection is for. Afterwards [`PREFACE`] has been read too; HTTP/2 must be given it once more.
pub(super) async fn receive(stream: &mut TcpStream) -> io::Result<Lane> {
    let stranger = || io::Error::new(io::ErrorKind::InvalidData, "this is not how a replica begins");
    let mut greeting = [0; 8];
    stream.read_exact(&mut greeting).await?;
    let lane = [Lane::Pulse, Lane::Log, Lane::Bulk, Lane::Desk]
        .into_iter()
        .find(|lane| letter(*lane) == greeting[7]);
    let lane = lane.filter(|_| greeting[..7] == *START).ok_or_else(stranger)?;
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    if preface == *PREFACE { Ok(lane) } else { Err(stranger()) }
}
