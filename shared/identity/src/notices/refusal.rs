//! The reasons why a message is refused.

use crate::token::Audience;
use kernel::Error;

/// Why a message is refused. Strangers can send [`NoticeRefusal::NotSigned`] alone; the others say that a setting of
/// ours or of the partner is wrong, or that the partner's form has changed.
#[derive(Debug, Clone)]
pub enum NoticeRefusal {
    /// The partner has not signed it.
    NotSigned,
    /// It is signed, and names another issuer.
    Issuer,
    /// It is signed, and is for another client.
    Audience,
    /// It is signed, and is too old, from the future, or made for another purpose.
    NotForUs,
    /// It is signed, and its form is not known.
    UnknownForm,
    /// It is too large to be read, or the partner's keys are not known: `body_too_large`, `unavailable`.
    Other(Error),
}

impl NoticeRefusal {
    /// Whether the partner has signed the message.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        match self {
            Self::NotSigned | Self::Other(_) => false,
            Self::Issuer | Self::Audience | Self::NotForUs | Self::UnknownForm => true,
        }
    }
}

impl From<Error> for NoticeRefusal {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<NoticeRefusal> for Error {
    /// `bad_signature`, which does not say which part of the proof is wrong; `malformed` for an unknown form.
    fn from(refusal: NoticeRefusal) -> Self {
        match refusal {
            NoticeRefusal::Other(error) => error,
            NoticeRefusal::UnknownForm => {
                Self::Malformed("The message is signed, but its form is not known.".to_owned())
            }
            NoticeRefusal::NotSigned | NoticeRefusal::Issuer | NoticeRefusal::Audience | NoticeRefusal::NotForUs => {
                Self::BadSignature
            }
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
