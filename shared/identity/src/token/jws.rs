//! Verifies the signature of partners' tokens (RFC 7515, RFC 7519, RFC 8725).

use super::keys::RsaKeySet;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header, errors::ErrorKind};
use kernel::{Result, Timestamp};
use net::Search;
use serde::de::DeserializeOwned;

/// The longest token that is verified, in bytes. Those of partners have about 1,500.
const TOKEN_BYTES: usize = 8 * 1024;

/// The kind of a token. A token of one kind is never accepted as another (RFC 8725 §3.11, §3.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenType {
    /// An ID token of OpenID Connect, or a notification of Apple. Partners write no `typ`, or `JWT`.
    Plain,
    /// A security event token (RFC 8417 §2.3): no `typ`, or `secevent+jwt`.
    SecurityEvent,
}

impl TokenType {
    /// Whether the header's `typ` may belong to this kind. Media types have no case, and the prefix
    /// `application/` may be there (RFC 7515 §4.1.9).
    fn allows(self, typ: Option<&str>) -> bool {
        let Some(typ) = typ.map(str::to_ascii_lowercase) else { return true };
        let expected = match self {
            Self::Plain => "jwt",
            Self::SecurityEvent => "secevent+jwt",
        };
        typ.strip_prefix("application/").unwrap_or(&typ) == expected
    }
}

/// The claims of a token, if the partner has signed it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Signed<T> {
    /// The claims.
    Claims(T),
    /// It is signed, and its claims have another form.
    Unreadable,
    /// Its key is unknown, and the partner may have published it since the keys were fetched.
    UnknownYet,
    /// It is no token, or of another kind, or the partner has not signed it.
    Not,
}

/// The claims of a token that one of `keys` has signed by RS256. The caller checks the claims.
///
/// # Errors
/// `unavailable` if the keys cannot be fetched.
pub(crate) async fn verified_claims<T: DeserializeOwned>(
    token: &str,
    kind: TokenType,
    keys: &RsaKeySet,
    now: Timestamp,
) -> Result<Signed<T>> {
    if token.len() > TOKEN_BYTES {
        return Ok(Signed::Not);
    }
    let Ok(header) = decode_header(token) else { return Ok(Signed::Not) };
    if header.alg != Algorithm::RS256 || header.crit.is_some() || !kind.allows(header.typ.as_deref()) {
        return Ok(Signed::Not);
    }
    let key = match keys.find(header.kid.as_deref(), now).await? {
        Search::Found(key) => key,
        Search::UnknownYet if header.kid.is_some() => return Ok(Signed::UnknownYet),
        // A token that names none of several keys is not waiting for a new one.
        Search::UnknownYet | Search::Unknown => return Ok(Signed::Not),
    };
    let mut signature_alone = Validation::new(Algorithm::RS256);
    // The library would read the system clock, so the caller checks all claims.
    signature_alone.required_spec_claims.clear();
    signature_alone.validate_exp = false;
    signature_alone.validate_nbf = false;
    signature_alone.validate_aud = false;
    Ok(match decode::<T>(token, &key, &signature_alone) {
        Ok(token) => Signed::Claims(token.claims),
        // The header was read before, and the claims are read after the signature.
        Err(error) if matches!(error.kind(), ErrorKind::Json(_)) => Signed::Unreadable,
        Err(_) => Signed::Not,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_belongs_to_one_kind_of_token() {
        for (typ, plain, event) in [
            (None, true, true),
            (Some("JWT"), true, false),
            (Some("jwt"), true, false),
            (Some("application/jwt"), true, false),
            (Some("secevent+jwt"), false, true),
            (Some("application/secevent+JWT"), false, true),
            (Some("at+jwt"), false, false),
            (Some("logout+jwt"), false, false),
            (Some("secevent"), false, false),
            (Some(""), false, false),
        ] {
            assert_eq!(
                (TokenType::Plain.allows(typ), TokenType::SecurityEvent.allows(typ)),
                (plain, event),
                "typ {typ:?}"
            );
        }
    }
}
