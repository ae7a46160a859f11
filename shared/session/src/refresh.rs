//! The text form of refresh tokens.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{AccountId, Error, Result, SessionId};
use std::fmt;

/// A refresh token: `<account>.<session>.<base64url of 32 secret bytes>`. The ids locate the
/// stored session; the secret proves the right to continue it. Only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The account that the session belongs to.
    pub account: AccountId,
    /// The session that the token continues.
    pub session: SessionId,
    /// The secret. Never stored, never logged.
    pub secret: [u8; 32],
}

impl RefreshToken {
    /// Parses a token. Each token has exactly one spelling.
    ///
    /// # Errors
    /// `unauthenticated` when the text is not a refresh token.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(text).ok_or(Error::Unauthenticated)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let token = Self {
            account: parts.next()?.parse().ok()?,
            session: parts.next()?.parse().ok()?,
            secret: URL_SAFE_NO_PAD.decode(parts.next()?).ok()?.try_into().ok()?,
        };
        // An id reads in any letter case. A token has one spelling.
        parts.next().is_none().then_some(token).filter(|token| token.to_text() == text)
    }

    /// The text form, which the client stores.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}.{}.{}", self.account, self.session, URL_SAFE_NO_PAD.encode(self.secret))
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("account", &self.account)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> RefreshToken {
        RefreshToken {
            account: "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap(),
            session: "01929e6b-6c01-7000-8000-0123456789ab".parse().unwrap(),
            secret: [7; 32],
        }
    }

    #[test]
    fn a_token_reads_back_and_has_one_spelling() {
        let text = token().to_text();
        assert_eq!(RefreshToken::parse(&text).unwrap(), token());
        let (ids, secret) = text.rsplit_once('.').unwrap();
        for other in [
            "",
            "..",
            ids,
            &format!("{ids}."),
            &format!("{text}."),
            &format!("{text}="),
            &format!("{text}AA"),
            &format!(" {text}"),
            &format!("{}.{secret}", ids.to_uppercase()),
            &text[..text.len() - 2],
        ] {
            let refused = RefreshToken::parse(other).unwrap_err();
            assert_eq!(refused.code(), "unauthenticated", "{other} must not pass for a token");
        }
    }

    #[test]
    fn the_secret_is_not_printed() {
        assert_eq!(
            format!("{:?}", token()),
            "RefreshToken { account: 01929e6b-6c00-7000-8000-0123456789ab, \
             session: 01929e6b-6c01-7000-8000-0123456789ab, .. }"
        );
    }
}
