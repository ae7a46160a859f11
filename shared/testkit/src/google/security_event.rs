//! Security event tokens of Cross-Account Protection (RFC 8417 and
//! <https://developers.google.com/identity/protocols/risc>).

use super::{
    consent::{GOOGLE_CLIENT_ID, GOOGLE_ISSUER},
    token::{Tampering, signed},
};
use kernel::Timestamp;
use serde_json::json;

/// One event about one person.
pub(super) struct SecurityEvent<'a> {
    pub(super) now: Timestamp,
    pub(super) rotations: usize,
    /// It identifies the token.
    pub(super) id: &'a str,
    /// The name of the event, a URI.
    pub(super) event: &'a str,
    /// The subject. Empty for an event about nobody.
    pub(super) subject: &'a str,
}

impl SecurityEvent<'_> {
    /// The token. A tampering that only ID tokens can have changes nothing.
    pub(super) fn token(&self, tampering: Option<Tampering>) -> String {
        let about = match self.subject {
            "" => json!({ "state": "of the test" }),
            subject => json!({ "subject": { "subject_type": "iss-sub", "iss": GOOGLE_ISSUER, "sub": subject } }),
        };
        let claims = json!({
            "iss": GOOGLE_ISSUER,
            "aud": GOOGLE_CLIENT_ID,
            "iat": self.now.as_second(),
            "jti": self.id,
            "events": { self.event: about },
        });
        signed("secevent+jwt", claims, self.rotations, tampering)
    }
}
