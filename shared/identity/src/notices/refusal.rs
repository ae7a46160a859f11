//! The reasons why a message is refused.

use crate::token::Audience;
use kernel::Error;
use net::key_unknown_yet;

/// Why a message is refused.
#[derive(Debug, Clone)]
pub enum NoticeRefusal {
    /// The partner has not signed it.
    NotSigned,
    /// Its key is unknown, and the partner may have published it since the keys were fetched.
    UnknownKey,
    /// It is signed, and is plainly no message: an ID token, or a login. Everybody who signs in with the partner has one.
    NoMessage,
    /// It is signed, and names another issuer.
    Issuer,
    /// It is signed, and is for another client. A stranger with a client of their own at the partner can have one.
    Audience,
    /// It is signed, and is too old, from the future, or made for another purpose.
    NotForUs,
    /// It is signed, and its form is not known.
    UnknownForm,
    /// It is too large to be read, or the partner's keys are not known: `body_too_large`, `unavailable`.
    Other(Error),
}

impl NoticeRefusal {
    /// The reason, in a word for the log, if it may be that a setting of ours or of the partner is wrong, or that the
    /// partner's form has changed. `None` for what people without a client at the partner can send.
    #[must_use]
    pub fn suspicion(&self) -> Option<&'static str> {
        match self {
            Self::NotSigned | Self::UnknownKey | Self::NoMessage | Self::Other(_) => None,
            Self::Issuer => Some("issuer"),
            Self::Audience => Some("audience"),
            Self::NotForUs => Some("purpose_or_time"),
            Self::UnknownForm => Some("form"),
        }
    }
}

impl From<Error> for NoticeRefusal {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<NoticeRefusal> for Error {
    /// `bad_signature`, which does not say which part of the proof is wrong; `malformed` for an unknown form;
    /// `unavailable` for a key that is unknown yet.
    fn from(refusal: NoticeRefusal) -> Self {
        match refusal {
            NoticeRefusal::Other(error) => error,
            NoticeRefusal::UnknownKey => key_unknown_yet(),
            NoticeRefusal::UnknownForm => {
                Self::Malformed("The message is signed, but its form is not known.".to_owned())
            }
            NoticeRefusal::NotSigned
            | NoticeRefusal::NoMessage
            | NoticeRefusal::Issuer
            | NoticeRefusal::Audience
            | NoticeRefusal::NotForUs => Self::BadSignature,
        }
    }
}

/// Checks from whom and for whom a signed message is. One of `client_ids` must be an audience.
pub(super) fn check_addressee(
    is_issuer: bool,
    audience: &Audience,
    client_ids: &[String],
) -> Result<(), NoticeRefusal> {
    match is_issuer {
        false => Err(NoticeRefusal::Issuer),
        true if client_ids.iter().any(|client_id| audience.has(client_id)) => Ok(()),
        true => Err(NoticeRefusal::Audience),
    }
}
