//! Our webhook URL. It has the ids of the generation and a MAC over them, so a webhook belongs to
//! one job without a read of the database.

use crate::name::ProviderName;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{AccountId, Error, GenerationId, Result};
use ring::hmac;
use std::fmt;

/// The text before the MAC, which is the last parameter.
const MAC: &str = "&mac=";

/// The keys for the MAC in webhook URLs. The current key signs; all keys verify.
pub struct CallbackKeys {
    current: hmac::Key,
    previous: Vec<hmac::Key>,
}

impl CallbackKeys {
    /// Reads base64url keys of 32 bytes, the current one first.
    ///
    /// # Errors
    /// `internal` if a key does not parse or there is none.
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

    /// The webhook secret of one job, for providers that sign with a secret of the request. A leaked
    /// secret is useless for other jobs.
    #[must_use]
    pub fn webhook_secret(&self, provider: ProviderName, account: AccountId, generation: GenerationId) -> String {
        secret(&self.current, provider, account, generation)
    }

    /// The webhook secrets of one job under all accepted keys.
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

/// Whether two webhook URLs belong to the same job. The MAC is ignored, because the key may have
/// been rotated.
pub(crate) fn same_job(one: &str, other: &str) -> bool {
    let job = |url: &'_ str| url.split_once(MAC).map(|(job, _)| job.to_owned());
    job(one).is_some_and(|one| job(other) == Some(one))
}

/// The text to sign. No part contains the separator, so two jobs never have the same text.
fn message(provider: ProviderName, account: AccountId, generation: GenerationId) -> String {
    format!("{provider}|{account}|{generation}")
}

/// The webhook secret of a job. No text of a URL begins with `secret|`, so a secret is never a MAC.
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
    fn a_webhook_url_belongs_to_one_job() {
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
    fn a_secret_belongs_to_one_job_and_is_no_mac() {
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
    fn other_urls_belong_to_no_job() {
        assert!(!same_job("https://x/hook", "https://x/hook"));
        assert!(!same_job("https://x?generation=1&mac=a", "https://x?generation=2&mac=a"));
    }

    #[test]
    fn a_short_key_is_refused_at_cold_start() {
        assert!(CallbackKeys::from_keys([]).is_err());
        assert!(CallbackKeys::from_keys(["AAAA"]).is_err());
    }
}
