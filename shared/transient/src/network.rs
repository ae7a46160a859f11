//! Networks: the prefixes of addresses that are counted together.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Result, Timestamp};
use ring::hmac::{HMAC_SHA256, Key, sign};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// The leading bits of an IPv4 address that name its network. A household or a small office has one IPv4
/// address, so several of them share a network.
const IPV4_PREFIX: u32 = 24;

/// The leading bits of an IPv6 address that name its network. A customer gets at most a prefix of this
/// length (RFC 6177), so all its addresses are one network.
const IPV6_PREFIX: u32 = 48;

/// The network of a client: the first 24 bits of an IPv4 address, or the first 48 bits of an IPv6
/// address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Network(IpAddr);

impl Network {
    /// The network of an address. An IPv4 address that is written as an IPv6 address counts as IPv4.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << (32 - IPV4_PREFIX))).into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - IPV6_PREFIX))).into(),
        })
    }
}

/// The output has no prefix, so no log gets it.
impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

/// The key of the hashes: HMAC-SHA-256 with the secret `network-hash-key`. A plain hash is not enough,
/// because there are only 16 million prefixes of IPv4.
///
/// There is one key and no previous one. After a rotation every counter begins at zero.
#[derive(Clone)]
pub struct NetworkKeys(Key);

impl NetworkKeys {
    /// Reads a base64url key of 32 bytes.
    ///
    /// # Errors
    /// `internal` if the key does not parse.
    pub fn from_key(text: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok().filter(|bytes| bytes.len() == 32);
        let bytes = bytes.ok_or_else(|| Error::internal("the network hash key must be 32 bytes in base64url"))?;
        Ok(Self(Key::new(HMAC_SHA256, &bytes)))
    }

    /// The hash of a network on the day (UTC) of `now`.
    pub(crate) fn hash(&self, network: Network, now: Timestamp) -> String {
        let day = now.as_second().div_euclid(24 * 60 * 60);
        URL_SAFE_NO_PAD.encode(sign(&self.0, format!("network:{day}:{}", network.0).as_bytes()))
    }
}

impl fmt::Debug for NetworkKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NetworkKeys")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::time::Duration;

    pub(crate) fn keys(byte: u8) -> NetworkKeys {
        NetworkKeys::from_key(&URL_SAFE_NO_PAD.encode([byte; 32])).unwrap()
    }

    fn network(address: &str) -> Network {
        Network::of(address.parse().unwrap())
    }

    #[test]
    fn addresses_of_one_prefix_are_one_network() {
        for (one, other, same) in [
            ("203.0.113.7", "203.0.113.255", true),
            ("203.0.113.7", "203.0.114.7", false),
            ("203.0.113.7", "::ffff:203.0.113.9", true),
            ("2001:db8:1:2::1", "2001:db8:1:ffff::9", true),
            ("2001:db8:1::", "2001:db8:2::", false),
            ("0.0.0.1", "::1", false),
        ] {
            assert_eq!(network(one) == network(other), same, "{one} and {other}");
        }
        assert_eq!(format!("{:?}", network("203.0.113.7")), "Network", "a debug output must have no address");
    }

    #[test]
    fn a_hash_depends_on_the_key_the_network_and_the_day() {
        let now: Timestamp = "2026-11-24T23:59:59Z".parse().unwrap();
        let hash = keys(1).hash(network("203.0.113.7"), now);
        assert_eq!(hash, keys(1).hash(network("203.0.113.8"), now - Duration::from_secs(60)));
        let tomorrow = now + Duration::from_secs(1);
        for other in [
            keys(2).hash(network("203.0.113.7"), now),
            keys(1).hash(network("203.0.112.7"), now),
            keys(1).hash(network("203.0.113.7"), tomorrow),
        ] {
            assert_ne!(hash, other);
        }
        assert!(NetworkKeys::from_key("AAAA").is_err() && NetworkKeys::from_key("").is_err());
    }
}
