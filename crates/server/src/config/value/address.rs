//! Addresses of others: a host, by name or number, and a port.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::{Value, quoted};
use crate::limits::HOST_BYTES_MAX;

/// Where somebody can be found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// A name or an IP address, without brackets.
    pub host: String,
    /// The port, never 0.
    pub port: u16,
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl From<SocketAddr> for HostPort {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

impl HostPort {
    /// Whether it means "any address" (0.0.0.0, ::), where nobody can be found.
    #[must_use]
    pub fn is_nowhere(&self) -> bool {
        self.host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_unspecified())
    }
}

impl Value for HostPort {
    fn noun() -> String {
        "an address".into()
    }

    fn form() -> String {
        "host:port, such as \"node-1.example:7462\"".into()
    }

    fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let port = port.parse().ok().filter(|port| *port != 0)?;
        let host = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').filter(|host| host.parse::<Ipv6Addr>().is_ok())?,
            None => host,
        };
        let letters = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let fine = !host.is_empty() && host.len() <= HOST_BYTES_MAX;
        let known = host.parse::<IpAddr>().is_ok() && text.starts_with('[') == host.contains(':');
        (fine && (known || host.chars().all(letters))).then(|| Self { host: host.into(), port })
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_it_is_read() {
        for text in ["node-1.example:7462", "10.0.0.1:1", "[::1]:65535", "a_b:7"] {
            assert_eq!(HostPort::parse(text).unwrap().to_string(), text);
        }
        for text in
            ["", "host", ":1", "host:0", "host:65536", "::1:7", "[host]:7", "[::1]", "a b:7", "http://a:7"]
        {
            assert_eq!(HostPort::parse(text), None, "{text}");
        }
    }

    #[test]
    fn any_address_is_nowhere() {
        let nowhere = |text: &str| HostPort::parse(text).unwrap().is_nowhere();
        assert!(nowhere("0.0.0.0:7") && nowhere("[::]:7") && nowhere("[::ffff:0.0.0.0]:7"));
        assert!(!nowhere("10.0.0.1:7") && !nowhere("node:7"));
    }
}
