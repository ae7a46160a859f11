//! Google's Cross-Account Protection: security event tokens (RFC 8417) with events of RISC
//! (<https://developers.google.com/identity/protocols/risc>).

use super::{
    age::covered,
    notice::{IdentityNotice, NoticeKind},
    refusal::{NoticeRefusal, check_addressee},
};
use crate::{
    profile,
    provider::IdentityProvider,
    token::{Audience, Issuer},
};
use kernel::Timestamp;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use std::collections::BTreeMap;

/// The beginnings of the names of events.
const NAMESPACES: [&str; 2] =
    ["https://schemas.openid.net/secevent/risc/event-type/", "https://schemas.openid.net/secevent/oauth/event-type/"];

/// Most events of one token. Google sends one.
const EVENTS: usize = 16;

/// The longest id of a token, in bytes.
const ID_BYTES: usize = 1_024;

/// The claims of a security event token. It has no `exp`, and its `iat` may be days old.
#[derive(Deserialize)]
pub(super) struct SecurityEvents {
    iss: String,
    aud: Audience,
    iat: f64,
    jti: String,
    events: BTreeMap<String, Value>,
    /// The subject of all events, if they do not name their own (RFC 9493 §4.1).
    sub_id: Option<Value>,
    /// Only ID tokens have one.
    nonce: Option<IgnoredAny>,
}

impl SecurityEvents {
    /// The notices in a token with a verified signature.
    ///
    /// # Errors
    /// A [`NoticeRefusal`] of a signed message.
    pub(super) fn notices(
        self,
        issuer: &Issuer,
        client_ids: &[String],
        now: Timestamp,
    ) -> Result<Vec<IdentityNotice>, NoticeRefusal> {
        if self.nonce.is_some() {
            return Err(NoticeRefusal::NoMessage);
        }
        check_addressee(issuer.is(&self.iss), &self.aud, client_ids)?;
        if !(1..=ID_BYTES).contains(&self.jti.len()) {
            return Err(NoticeRefusal::NotForUs);
        }
        let at = covered(self.iat, now).ok_or(NoticeRefusal::NotForUs)?;
        if !(1..=EVENTS).contains(&self.events.len()) {
            return Err(NoticeRefusal::UnknownForm);
        }
        let notice = |(name, event): (&String, &Value)| -> Result<IdentityNotice, NoticeRefusal> {
            let subject =
                event.get("subject").or(self.sub_id.as_ref()).map_or(Subject::None, |it| Subject::read(it, issuer));
            let (kind, subject) = meaning(name, subject).ok_or(NoticeRefusal::UnknownForm)?;
            Ok(IdentityNotice { provider: IdentityProvider::Google, subject, kind, at })
        };
        self.events.iter().map(notice).collect()
    }
}

/// The meaning of an event, and whom it is about. `None` if it must name a user of Google and does not.
fn meaning(name: &str, subject: Subject) -> Option<(NoticeKind, Option<String>)> {
    let name = NAMESPACES.into_iter().find_map(|namespace| name.strip_prefix(namespace));
    match (name, subject) {
        (Some("verification"), _) => Some((NoticeKind::Test, None)),
        // Google says which refresh token was revoked, and we keep none of Google's.
        (Some("token-revoked"), Subject::Token) => Some((NoticeKind::Other, None)),
        // Google does not document `account-purged`, and its events delete nothing here.
        (
            Some(
                "sessions-revoked"
                | "tokens-revoked"
                | "token-revoked"
                | "account-disabled"
                | "account-purged"
                | "account-credential-change-required",
            ),
            subject,
        ) => match subject {
            Subject::User(user) => Some((NoticeKind::EndSessions, Some(user))),
            _ => None,
        },
        (_, Subject::User(user)) => Some((NoticeKind::Other, Some(user))),
        (_, _) => Some((NoticeKind::Other, None)),
    }
}

/// The subject of an event.
enum Subject {
    /// A user of Google, by the id that ID tokens have.
    User(String),
    /// An OAuth token.
    Token,
    /// Nobody, or somebody else.
    None,
}

impl Subject {
    /// Reads the forms of Google (`subject_type`) and of RFC 9493 (`format`).
    fn read(value: &Value, issuer: &Issuer) -> Self {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        match text("subject_type").or(text("format")) {
            Some("iss-sub" | "iss_sub" | "id_token_claims") if text("iss").is_some_and(|said| issuer.is(said)) => {
                text("sub").map(str::to_owned).and_then(profile::subject).map_or(Self::None, Self::User)
            }
            Some("oauth_token") => Self::Token,
            _ => Self::None,
        }
    }
}
