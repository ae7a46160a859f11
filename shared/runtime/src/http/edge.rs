//! The edge in front of the API: CloudFront, or nothing.
//!
//! Here alone it is decided from which address a request came. Without an edge it is the address that
//! connected to the gateway. Behind CloudFront that would be CloudFront's own, so CloudFront says the
//! client's in `CloudFront-Viewer-Address`
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html>).
//! A client that calls the gateway directly can send that header too. So it counts only beside
//! `x-edge-proof`, a secret that CloudFront adds to each request.

use http::HeaderMap;
use kernel::{Error, Result};
use ring::digest::{SHA256, digest};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};
use subtle::ConstantTimeEq;

/// The header with the secret of the edge.
const PROOF: &str = "x-edge-proof";

/// The header in which CloudFront says the client's address and port.
const VIEWER_ADDRESS: &str = "cloudfront-viewer-address";

/// The edge of this deployment.
#[derive(Clone)]
pub struct Edge {
    /// SHA-256 of each secret that is accepted. Empty without an edge.
    proof_hashes: Vec<Vec<u8>>,
}

impl Edge {
    /// Reads `EDGE_PROOF_HASH`: the SHA-256 of the secret in hex, or `none` without an edge. During a
    /// replacement it has the new and the old one, separated by a comma. A hash of 32 random bytes is no
    /// secret.
    ///
    /// # Errors
    /// `internal` when the text is neither.
    pub fn parse(text: &str) -> Result<Self> {
        if text == "none" {
            return Ok(Self { proof_hashes: Vec::new() });
        }
        let hash = |text: &str| hex::decode(text).ok().filter(|hash| hash.len() == SHA256.output_len());
        let hashes: Option<Vec<_>> = text.split(',').map(hash).collect();
        let proof_hashes = hashes
            .ok_or_else(|| Error::internal("EDGE_PROOF_HASH must be `none` or the SHA-256 of a secret in hex"))?;
        Ok(Self { proof_hashes })
    }

    /// The address of the client of a request with these headers, which `source` sent to the gateway.
    pub(crate) fn client_address(&self, headers: &HeaderMap, source: IpAddr) -> IpAddr {
        let is_proven = self.proof_hashes.iter().any(|hash| proves(headers, hash));
        let viewer = if is_proven { viewer(headers) } else { None };
        viewer.unwrap_or(source).to_canonical()
    }
}

/// Whether the request has the secret once, and it is the one with this hash.
fn proves(headers: &HeaderMap, hash: &[u8]) -> bool {
    let mut proofs = headers.get_all(PROOF).iter();
    match (proofs.next(), proofs.next()) {
        (Some(proof), None) => digest(&SHA256, proof.as_bytes()).as_ref().ct_eq(hash).into(),
        _ => false,
    }
}

/// The address that CloudFront says: `203.0.113.7:46532`, and for IPv6 `2001:db8::7:46532`, without
/// brackets.
fn viewer(headers: &HeaderMap) -> Option<IpAddr> {
    let text = headers.get(VIEWER_ADDRESS)?.to_str().ok()?;
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    let (address, _port) = text.rsplit_once(':')?;
    address.parse().ok()
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Edge")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn seen(edge: &Edge, pairs: &[(&'static str, &'static str)]) -> String {
        edge.client_address(&headers(pairs), "198.51.100.1".parse().unwrap()).to_string()
    }

    #[test]
    fn without_an_edge_no_header_counts() {
        let edge = Edge::parse("none").unwrap();
        let forged = [(VIEWER_ADDRESS, "203.0.113.7:1"), ("x-forwarded-for", "203.0.113.7"), (PROOF, "none")];
        assert_eq!(seen(&edge, &forged), "198.51.100.1");
    }

    #[test]
    fn behind_an_edge_its_header_counts_only_beside_its_secret() {
        let edge = Edge::parse(&hex::encode(digest(&SHA256, b"secret"))).unwrap();
        for (said, address) in [
            ("203.0.113.7:46532", "203.0.113.7"),
            ("2001:db8::7:46532", "2001:db8::7"),
            ("[2001:db8::7]:46532", "2001:db8::7"),
            ("::ffff:203.0.113.7:1", "203.0.113.7"),
            ("nonsense", "198.51.100.1"),
        ] {
            assert_eq!(seen(&edge, &[(PROOF, "secret"), (VIEWER_ADDRESS, said)]), address, "{said}");
            for proofs in [&[][..], &[(PROOF, "guess")], &[(PROOF, "secret"), (PROOF, "secret")]] {
                let forged: Vec<_> = proofs.iter().copied().chain([(VIEWER_ADDRESS, said)]).collect();
                assert_eq!(seen(&edge, &forged), "198.51.100.1", "{said} with {proofs:?}");
            }
        }
        assert_eq!(seen(&edge, &[(PROOF, "secret")]), "198.51.100.1", "the edge said no address");
        let two = [b"new".as_slice(), b"secret"].map(|secret| hex::encode(digest(&SHA256, secret))).join(",");
        let both = Edge::parse(&two).unwrap();
        assert_eq!(seen(&both, &[(PROOF, "secret"), (VIEWER_ADDRESS, "203.0.113.7:1")]), "203.0.113.7");
        for wrong in ["", "abcd", "secret", "none,none"] {
            assert!(Edge::parse(wrong).is_err(), "{wrong}");
        }
    }
}
