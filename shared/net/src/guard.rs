//! Where a URL that a partner handed us may lead.
//!
//! On Lambda the prize of a forged URL is the Runtime API on loopback. So an output may
//! come from the partner's own configured origin, or over https from a public address;
//! the address is checked when the name is resolved, so a name cannot change between
//! the check and the connection.

use crate::Failure;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Origin, Url};

/// A URL from outside that may be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination(Url);

impl Destination {
    /// Accepts `url` when its origin is `trusted` (the partner's configured API), or
    /// when it is https on the default port, names no literal special address and
    /// carries no user or password.
    ///
    /// # Errors
    /// [`Failure::Forbidden`].
    pub fn new(url: &str, trusted: &Origin) -> Result<Self, Failure> {
        let forbidden = |why: &str| Failure::Forbidden(why.to_owned());
        let url = Url::parse(url).map_err(|_| forbidden("not a URL"))?;
        if url.origin() == *trusted {
            return Ok(Self(url));
        }
        if url.scheme() != "https" || url.port().is_some() {
            return Err(forbidden("only https on its own port"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(forbidden("carries credentials"));
        }
        match url.host() {
            Some(Host::Domain(name)) if name != "localhost" && name.contains('.') => Ok(Self(url)),
            Some(Host::Ipv4(address)) if public_address(address.into()) => Ok(Self(url)),
            Some(Host::Ipv6(address)) if public_address(address.into()) => Ok(Self(url)),
            _ => Err(forbidden("not a public host")),
        }
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Whether an address is on the public internet: none of the special ranges of the IANA
/// registries (RFC 6890 and its updates), and none that embeds such an address.
#[must_use]
pub fn public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => public_v4(address),
        IpAddr::V6(address) => public_v6(address),
    }
}

fn public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || a == 10
        || a == 127
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 192 && b == 168)
        || (a == 198 && (b == 18 || b == 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113)
        || a >= 224;
    !special
}

fn public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Global unicast is 2000::/3; the special ranges within it are taken out below.
    let global = first & 0xe000 == 0x2000;
    let special = match first {
        // Protocol assignments, Teredo, ORCHID; documentation.
        0x2001 => second < 0x0200 || second == 0x0db8,
        // 6to4 embeds any IPv4 address.
        0x2002 => true,
        // Documentation.
        0x3fff => second < 0x1000,
        _ => false,
    };
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Origin {
        Url::parse(url).unwrap().origin()
    }

    #[test]
    fn outputs_come_from_the_partner_or_from_a_public_host() {
        let api = origin("https://api.replicate.com/v1");
        for good in ["https://replicate.delivery/x.png", "https://api.replicate.com/v1/files/1", "https://8.8.8.8/x"] {
            assert!(Destination::new(good, &api).is_ok(), "{good} must be allowed");
        }
        for bad in [
            "http://replicate.delivery/x.png",
            "https://replicate.delivery:8443/x",
            "https://user:pw@replicate.delivery/x",
            "https://localhost/x",
            "https://metadata/x",
            "https://127.0.0.1/x",
            "https://0x7f000001/x",
            "https://2130706433/x",
            "https://[::1]/x",
            "https://[::ffff:127.0.0.1]/x",
            "https://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
            "data:image/png;base64,AAAA",
            "nonsense",
        ] {
            assert!(Destination::new(bad, &api).is_err(), "{bad} must be refused");
        }
    }

    #[test]
    fn a_locally_configured_partner_is_trusted_on_its_own_port_alone() {
        let api = origin("http://127.0.0.1:7001/v1");
        assert!(Destination::new("http://127.0.0.1:7001/files/1.png", &api).is_ok());
        assert!(Destination::new("http://127.0.0.1:9001/2018-06-01/runtime", &api).is_err());
    }

    #[test]
    fn special_ranges_are_not_public() {
        for special in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!public_address(special.parse().unwrap()), "{special} must not be public");
        }
        for public in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"] {
            assert!(public_address(public.parse().unwrap()), "{public} must be public");
        }
    }
}
