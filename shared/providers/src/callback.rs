//! Our webhook URL: it carries the ids of the generation and a MAC over them, so that a
//! webhook is tied to one job without reading anything.

use crate::name::ProviderName;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{AccountId, Error, GenerationId, Result};
use ring::hmac;
use std::fmt;

/// What stands before the MAC, which is the last parameter.
const MAC: &str = "&mac=";

/// Keys for the MAC in webhook URLs. Made with the current key, accepted with any.
pub struct CallbackKeys {
    current: hmac::Key,
    previous: Vec<hmac::Key>,
}

impl CallbackKeys {
    /// From base64url keys of 32 bytes, the current one first.
    ///
    /// # Errors
    /// `internal` when a key cannot be read or there is none.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut keys = keys.into_iter();
        let current = key(keys.next().unwrap_or_default())?;
        Ok(Self { current, previous: keys.map(key).collect::<Result<_>>()? })
    }

    /// `<origin>/v1/webhooks/providers/<provider>?account=…&generation=…&mac=…`
    #[must_use]
    pub fn webhook_url(
        &self,
        public_origin: &str,
        provider: ProviderName,
        account: AccountId,
        generation: GenerationId,
    ) -> String {
        let tag = hmac::sign(&self.current, message(provider, account, generation).as_bytes());
        let mac = URL_SAFE_NO_PAD.encode(tag);
        format!("{public_origin}/v1/webhooks/providers/{provider}?account={account}&generation={generation}{MAC}{mac}")
    }

    /// A secret of one job alone, for providers that sign with whatever they are handed:
    /// a leaked one is of no use for another job.
    #[must_use]
    pub fn webhook_secret(&self, provider: ProviderName, account: AccountId, generation: GenerationId) -> String {
        secret(&self.current, provider, account, generation)
    }

    /// The same, made with each key that is accepted.
    pub(crate) fn webhook_secrets(
        &self,
        provider: ProviderName,
        account: AccountId,
        generation: GenerationId,
    ) -> impl Iterator<Item = String> {
        self.keys().map(move |key| secret(key, provider, account, generation))
    }

    /// Checks the MAC of a webhook's URL, in constant time.
    ///
    /// # Errors
    /// `bad_signature`.
    pub fn verify(
        &self,
        provider: ProviderName,
        account: AccountId,
        generation: GenerationId,
        mac: &str,
    ) -> Result<()> {
        let mac = URL_SAFE_NO_PAD.decode(mac).map_err(|_| Error::BadSignature)?;
        let message = message(provider, account, generation);
        match self.keys().any(|key| hmac::verify(key, message.as_bytes(), &mac).is_ok()) {
            true => Ok(()),
            false => Err(Error::BadSignature),
        }
    }

    fn keys(&self) -> impl Iterator<Item = &hmac::Key> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl fmt::Debug for CallbackKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackKeys")
    }
}

/// Whether two webhook URLs are of the same job. The MAC is left out: a key may have been
/// replaced between them.
pub(crate) fn same_job(one: &str, other: &str) -> bool {
    let job = |url: &'_ str| url.split_once(MAC).map(|(job, _)| job.to_owned());
    job(one).is_some_and(|one| job(other) == Some(one))
}

/// All parts have a fixed form without the separator, so no two jobs share a message.
fn message(provider: ProviderName, account: AccountId, generation: GenerationId) -> String {
    format!("{provider}|{account}|{generation}")
}

/// No message for a URL begins like this, so a secret never tells a MAC.
fn secret(key: &hmac::Key, provider: ProviderName, account: AccountId, generation: GenerationId) -> String {
    let tag = hmac::sign(key, format!("secret|{}", message(provider, account, generation)).as_bytes());
    URL_SAFE_NO_PAD.encode(tag)
}

fn key(text: &str) -> Result<hmac::Key> {
    match URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if bytes.len() == 32 => Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes)),
        _ => Err(Error::internal("a webhook MAC key must be 32 bytes as base64url")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const OLD: &str = "__________________________________________8";

    fn ids() -> (AccountId, GenerationId) {
        let id = "01929e6b-6c00-7000-8000-0123456789ab";
        (id.parse().unwrap(), id.parse().unwrap())
    }

    fn mac(url: &str) -> &str {
        url.split_once(MAC).unwrap().1
    }

    #[test]
    fn a_webhook_url_is_of_one_job_alone() {
        let keys = CallbackKeys::from_keys([NEW]).unwrap();
        let (account, generation) = ids();
        let other: GenerationId = "01929e6b-6c00-7000-8000-0123456789ac".parse().unwrap();
        let url = keys.webhook_url("https://cinemaxsai.com", ProviderName::Replicate, account, generation);
        let start = "https://cinemaxsai.com/v1/webhooks/providers/replicate?account=01929e6b-6c00-7000-8000-0123456789ab&generation=01929e6b-6c00-7000-8000-0123456789ab&mac=";
        assert!(url.starts_with(start), "{url}");
        assert!(keys.verify(ProviderName::Replicate, account, generation, mac(&url)).is_ok());
        assert!(keys.verify(ProviderName::Replicate, account, other, mac(&url)).is_err());
        for forged in ["", "AAAA", "not base64url!", &mac(&url)[1..]] {
            assert!(keys.verify(ProviderName::Replicate, account, generation, forged).is_err(), "{forged}");
        }
    }

    #[test]
    fn a_replaced_key_is_accepted_and_no_longer_used() {
        let (account, generation) = ids();
        let url = |keys: &CallbackKeys| keys.webhook_url("https://x", ProviderName::Replicate, account, generation);
        let before = url(&CallbackKeys::from_keys([OLD]).unwrap());
        let rotated = CallbackKeys::from_keys([NEW, OLD]).unwrap();
        assert!(rotated.verify(ProviderName::Replicate, account, generation, mac(&before)).is_ok());
        assert_ne!(url(&rotated), before);
        assert!(same_job(&url(&rotated), &before), "a job must be found after a rotation");
        let after = CallbackKeys::from_keys([NEW]).unwrap();
        assert!(after.verify(ProviderName::Replicate, account, generation, mac(&before)).is_err());
    }

    #[test]
    fn a_secret_is_of_one_job_alone_and_no_mac() {
        let (account, generation) = ids();
        let other: GenerationId = "01929e6b-6c00-7000-8000-0123456789ac".parse().unwrap();
        let rotated = CallbackKeys::from_keys([NEW, OLD]).unwrap();
        let secret = |keys: &CallbackKeys, generation| keys.webhook_secret(ProviderName::Bfl, account, generation);
        let accepted: Vec<_> = rotated.webhook_secrets(ProviderName::Bfl, account, generation).collect();
        let before = secret(&CallbackKeys::from_keys([OLD]).unwrap(), generation);
        assert_eq!(accepted, [secret(&rotated, generation), before]);
        assert!(!accepted.contains(&secret(&rotated, other)));
        assert!(rotated.verify(ProviderName::Bfl, account, generation, &accepted[0]).is_err());
    }

    #[test]
    fn other_urls_are_of_no_job() {
        assert!(!same_job("https://x/hook", "https://x/hook"));
        assert!(!same_job("https://x?generation=1&mac=a", "https://x?generation=2&mac=a"));
    }

    #[test]
    fn a_key_that_is_too_short_is_refused_at_the_start() {
        assert!(CallbackKeys::from_keys([]).is_err());
        assert!(CallbackKeys::from_keys(["AAAA"]).is_err());
    }
}
