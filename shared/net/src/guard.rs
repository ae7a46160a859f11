//! The check of URLs that partners give us (SSRF guard).
//!
//! On Lambda, a forged URL could reach the Runtime API on loopback. So an output may only come
//! from the partner's own configured origin, or over https from a public address. The resolver
//! checks the address that the client connects to, so a name cannot change its address between
//! check and connection.

use crate::failure::RequestFailure;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Origin, Url};

/// A URL of a partner that passed the check and may be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination(Url);

impl Destination {
    /// Accepts `url` when its origin is `trusted` (the partner's configured API), or when it is
    /// https on the default port and has no literal special address. A URL with a user or a
    /// password is never accepted.
    ///
    /// # Errors
    /// [`RequestFailure::Forbidden`].
    pub fn new(url: &str, trusted: &Origin) -> Result<Self, RequestFailure> {
        let forbidden = |why: &str| RequestFailure::Forbidden(why.to_owned());
        let url = Url::parse(url).map_err(|_| forbidden("not a URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(forbidden("carries credentials"));
        }
        if url.origin() == *trusted {
            return Ok(Self(url));
        }
        if url.scheme() != "https" || url.port().is_some() {
            return Err(forbidden("only https on its own port"));
        }
        match url.host() {
            Some(Host::Domain(name)) if is_public_name(name) => Ok(Self(url)),
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

/// Whether a name may belong to the public internet, judged by its text alone. The resolver checks
/// its addresses later.
fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    // Reserved by RFC 6761 and RFC 6762, and `internal` by ICANN for private use.
    name.contains('.') && !["localhost", "local", "internal", "invalid"].contains(&last)
}

/// Whether an address belongs to the public internet. Addresses of every special-purpose range of
/// the IANA registries do not, even of ranges that are globally reachable; nor do multicast
/// addresses and addresses that embed another address.
///
/// The registries: <https://www.iana.org/assignments/iana-ipv4-special-registry> and
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>.
#[must_use]
pub fn public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|(range, bits)| same_start_v4(address, *range, *bits)),
        IpAddr::V6(address) => {
            same_start_v6(address, GLOBAL_V6.0, GLOBAL_V6.1)
                && !SPECIAL_V6.iter().any(|(range, bits)| same_start_v6(address, *range, *bits))
        }
    }
}

/// The special ranges: first address, and length of the prefix in bits.
const SPECIAL_V4: [(Ipv4Addr, u32); 18] = [
    // This network. Linux treats 0.0.0.0 as loopback.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Shared address space of carriers' NAT.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Loopback: the Runtime API on Lambda.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local: instance metadata, credentials, DNS and time on AWS.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    // Protocol assignments, and the first of three for documentation.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // AS112, AMT, relays of 6to4, and again AS112.
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Benchmarks.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast; reserved, with the broadcast address.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Global unicast. Every address outside it is special: loopback, unspecified, IPv4-mapped,
/// NAT64, discard-only, segment routing, unique-local, link-local, multicast.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The special ranges within global unicast.
const SPECIAL_V6: [(Ipv6Addr, u32); 5] = [
    // Protocol assignments: Teredo, which embeds addresses, benchmarks, AMT, AS112, ORCHID.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4, which embeds any IPv4 address.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    // AS112.
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    // Documentation.
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

fn same_start_v4(one: Ipv4Addr, other: Ipv4Addr, bits: u32) -> bool {
    (one.to_bits() ^ other.to_bits()).leading_zeros() >= bits
}

fn same_start_v6(one: Ipv6Addr, other: Ipv6Addr, bits: u32) -> bool {
    (one.to_bits() ^ other.to_bits()).leading_zeros() >= bits
}

#[cfg(test)]
mod tests;
