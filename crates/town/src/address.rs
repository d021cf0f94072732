//! Loopback addresses that nobody else uses.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Result, bail};

use crate::limits::ADDRESS_TRIES;

// The ports are those of every server; the address tells them apart.

/// Where clients find a server.
pub const PUBLIC: u16 = 7461;
/// Where its peers find it.
pub const PEER: u16 = 7462;
/// Where it says how healthy it is.
pub const HEALTH: u16 = 7463;

/// An address of this machine on which no port of ours is taken, and which this process has not given away before.
///
/// # Errors
/// There is none on this machine.
pub fn fresh() -> Result<IpAddr> {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    for _ in 0..ADDRESS_TRIES {
        let ip = numbered(std::process::id(), TAKEN.fetch_add(1, Ordering::Relaxed));
        // Where one cannot listen, somebody else does.
        if [PUBLIC, PEER, HEALTH].iter().all(|port| TcpListener::bind(SocketAddr::new(ip, *port)).is_ok()) {
            return Ok(ip);
        }
    }
    bail!("no address of 127.0.0.0/8 is free on this machine: {ADDRESS_TRIES} were tried")
}

/// The address of this number in the row of a process. Rows of different processes seldom meet, and never 127.0.x.y, where
/// people put servers by hand.
fn numbered(process: u32, number: u32) -> IpAddr {
    let row = process.wrapping_add((number / 250).wrapping_mul(7_919)) % (240 * 250);
    let byte = |part: u32| u8::try_from(part % 256).unwrap_or(u8::MAX);
    IpAddr::V4(Ipv4Addr::new(127, byte(10 + row / 250), byte(1 + row % 250), byte(1 + number % 250)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn addresses_of_one_process_differ_and_are_loopback() {
        let met: BTreeSet<IpAddr> = (0..1_000).map(|number| numbered(4_194_304, number)).collect();
        assert_eq!(met.len(), 1_000);
        assert!(met.iter().all(IpAddr::is_loopback));
        assert_ne!(fresh().unwrap(), fresh().unwrap());
    }

    #[test]
    fn an_address_in_use_is_passed_over() {
        let next = fresh().unwrap();
        let IpAddr::V4(ip) = next else { panic!("{next}") };
        let following = IpAddr::V4(Ipv4Addr::from(u32::from(ip) + 1));
        let _taken = TcpListener::bind(SocketAddr::new(following, PEER)).unwrap();
        assert_ne!(fresh().unwrap(), following);
    }
}
