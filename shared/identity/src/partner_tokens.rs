//! The refresh tokens that partners gave us: how they are sealed for the store, and how they are revoked. Apple alone
//! gives one that is kept.

use crate::{
    apple::{AppleRevocation, AppleSettings},
    provider::IdentityProvider,
};
use kernel::{Error, Ids, Result, Timestamp};
use net::Http;
use session::Seal;

/// Seals the refresh tokens of partners. A sealed token opens for its own identity alone.
#[derive(Debug)]
pub struct TokenSeal(Seal);

impl TokenSeal {
    /// A seal from the base64url keys of 32 bytes of the secret `partner-token-key`, the current one first.
    ///
    /// # Errors
    /// `internal` when there is no key, or one that cannot be parsed.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        Ok(Self(Seal::from_keys(keys)?))
    }

    /// Seals the token of the person with this id at the partner.
    ///
    /// # Errors
    /// `internal` when the cipher fails.
    pub fn seal(&self, provider: IdentityProvider, subject: &str, token: &str, ids: &Ids) -> Result<String> {
        self.0.seal(&purpose(provider, subject), token.as_bytes(), ids)
    }

    /// The token, or `None` when it was changed, or was sealed for another identity or with an unknown key.
    fn open(&self, provider: IdentityProvider, subject: &str, sealed: &str) -> Option<String> {
        let token = self.0.open(&purpose(provider, subject), sealed)?;
        String::from_utf8(token).ok()
    }
}

/// The purpose of the seal. Stored tokens open with exactly this text.
fn purpose(provider: IdentityProvider, subject: &str) -> String {
    format!("{provider}#{subject}")
}

/// Opens the sealed tokens, and asks their partner to revoke them.
#[derive(Debug)]
pub struct PartnerTokens {
    seal: TokenSeal,
    apple: AppleRevocation,
}

impl PartnerTokens {
    /// The tokens that `seal` has sealed.
    ///
    /// # Errors
    /// `internal` if the URL of the revocation does not parse, or Apple's private key is malformed.
    pub fn new(http: Http, apple: AppleSettings, seal: TokenSeal) -> Result<Self> {
        Ok(Self { seal, apple: AppleRevocation::new(http, apple)? })
    }

    /// Asks the partner to revoke the sealed token of the person with this id there, in one request and 15 seconds at
    /// most. Safe to repeat. Apple answers the same to every token, so success means that it was asked, and no more.
    ///
    /// # Errors
    /// `unavailable` if the partner does not answer; `internal` if it gives no tokens, the token cannot be opened, or
    /// it refuses our client id or secret.
    pub async fn revoke(&self, provider: IdentityProvider, subject: &str, sealed: &str, now: Timestamp) -> Result<()> {
        if provider != IdentityProvider::Apple {
            return Err(Error::internal("a token of a partner that gives none"));
        }
        let token = self.seal.open(provider, subject, sealed);
        let token = token.ok_or_else(|| Error::internal("the stored token cannot be opened"))?;
        self.apple.request(&token, now).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_partner::{APPLE_REVOKE_URL, Partner, apple_settings, now};
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use kernel::Fixed;

    const SUBJECT: &str = "001999.e2ab.0815";
    const TOKEN: &str = "r.0.a+b";

    fn key(byte: u8) -> String {
        URL_SAFE_NO_PAD.encode([byte; 32])
    }

    fn seal(byte: u8) -> TokenSeal {
        TokenSeal::from_keys([key(byte).as_str()]).unwrap()
    }

    fn sealed(provider: IdentityProvider) -> String {
        seal(1).seal(provider, SUBJECT, TOKEN, &Ids::new(Fixed(9))).unwrap()
    }

    /// An Apple that accepts every request, and the tokens that it gave us.
    fn apple(seal: TokenSeal) -> (Partner, PartnerTokens) {
        let partner = Partner::new();
        partner.answer(APPLE_REVOKE_URL, 200, "");
        let tokens = PartnerTokens::new(partner.http(), apple_settings(), seal).unwrap();
        (partner, tokens)
    }

    #[tokio::test]
    async fn apple_is_asked_once_to_revoke_the_token_that_was_sealed() {
        let (partner, tokens) = apple(seal(1));
        let provider = IdentityProvider::Apple;
        tokens.revoke(provider, SUBJECT, &sealed(provider), now()).await.unwrap();
        assert_eq!(partner.form(APPLE_REVOKE_URL)["token"], TOKEN);
        assert_eq!(partner.requests(), 1);
    }

    #[tokio::test]
    async fn a_token_that_does_not_open_is_sent_to_nobody() {
        let provider = IdentityProvider::Apple;
        let token = sealed(provider);
        let changed = format!("A{token}");
        for (seal, subject, sealed) in
            [(seal(2), SUBJECT, &token), (seal(1), "001999.e2ab.0816", &token), (seal(1), SUBJECT, &changed)]
        {
            let (partner, tokens) = apple(seal);
            let error = tokens.revoke(provider, subject, sealed, now()).await.unwrap_err();
            assert_eq!((error.code(), partner.requests()), ("internal", 0), "{subject}");
            assert_eq!(error.why(), "the stored token cannot be opened");
        }
    }

    #[tokio::test]
    async fn a_partner_that_gives_no_tokens_is_not_asked() {
        for provider in [IdentityProvider::Google, IdentityProvider::Facebook] {
            let (partner, tokens) = apple(seal(1));
            let error = tokens.revoke(provider, SUBJECT, &sealed(provider), now()).await.unwrap_err();
            assert_eq!((error.code(), partner.requests()), ("internal", 0), "{provider}");
        }
    }

    /// Another purpose would make every stored token useless.
    #[test]
    fn the_purpose_of_the_stored_tokens_does_not_change() {
        let stored = Seal::from_keys([key(1).as_str()]).unwrap();
        let sealed = sealed(IdentityProvider::Apple);
        let opened = stored.open("apple#001999.e2ab.0815", &sealed);
        assert_eq!(opened.as_deref(), Some(TOKEN.as_bytes()), "keep the purpose, or seal the stored tokens again");
    }

    #[test]
    fn printed_tokens_have_no_secret() {
        let (_, tokens) = apple(seal(1));
        assert_eq!(format!("{tokens:?}"), "PartnerTokens { seal: TokenSeal(Seal), apple: AppleRevocation }");
    }
}
