//! Verifies and parses the webhooks of providers. Each provider has its own form of signature.
//!
//! A webhook is only a hint to read the job. The collection of a job reads its status over the
//! authenticated API.

mod bare;
mod check;
mod fal;
mod standard;

use crate::{callback::CallbackKeys, job::ProviderJob, name::ProviderName};
use fal::FalKeys;
use http::HeaderMap;
use kernel::{AccountId, Error, GenerationId, Result, Timestamp};
use net::Http;
use serde::Deserialize;
use standard::StandardWebhooks;

/// The parameters of our webhook URL.
#[derive(Debug, Clone, Copy)]
pub struct WebhookCall<'a> {
    /// The provider that the URL names, not yet verified.
    pub provider: ProviderName,
    /// The owner of the generation.
    pub account: AccountId,
    /// The generation.
    pub generation: GenerationId,
    /// The MAC over the other parameters, made by [`CallbackKeys`].
    pub mac: &'a str,
}

/// The content of a verified webhook. It is a hint to read the job, and no credits are settled by
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEvent {
    /// The job.
    pub provider_job: ProviderJob,
    /// Whether the provider reports the end of the job. Events arrive twice and out of order.
    pub is_final: bool,
}

/// Verifies the webhooks of every provider.
#[derive(Debug)]
pub struct Webhooks {
    callbacks: CallbackKeys,
    fal: FalKeys,
    replicate: StandardWebhooks,
}

impl Webhooks {
    /// The verifier with these secrets and keys. `replicate_secrets` have the form `whsec_` and
    /// standard base64, and any of them is accepted. fal publishes its keys at `fal_jwks_url`. The
    /// secrets for Black Forest Labs are derived from `callbacks`, one for each job.
    ///
    /// # Errors
    /// `internal` if a secret does not parse or there is none.
    pub fn new<'a>(
        callbacks: CallbackKeys,
        replicate_secrets: impl IntoIterator<Item = &'a str>,
        http: Http,
        fal_jwks_url: &str,
    ) -> Result<Self> {
        Ok(Self {
            callbacks,
            fal: FalKeys::new(http, fal_jwks_url.to_owned()),
            replicate: StandardWebhooks::from_keys(replicate_secrets)?,
        })
    }

    /// Checks the MAC of the URL, then the signature of the provider over the raw `body`, and parses
    /// the body.
    ///
    /// # Errors
    /// `bad_signature` (also for a timestamp more than five minutes from `now`, if the provider
    /// signs one), `malformed`, `unavailable` if the keys of the provider cannot be fetched, or the key is not known yet.
    pub async fn verify(
        &self,
        call: &WebhookCall<'_>,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<WebhookEvent> {
        let WebhookCall { provider, account, generation, mac } = *call;
        self.callbacks.verify(provider, account, generation, mac)?;
        match provider {
            ProviderName::Bfl => {
                bare::verify(self.callbacks.webhook_secrets(provider, account, generation), headers, body)?;
                BflTask::read(body)
            }
            ProviderName::Fal => {
                let request = self.fal.verify(headers, body, now).await?;
                let event = FalResult::read(body)?;
                // The signed id in the headers and the id in the body must be equal.
                if event.provider_job.as_str() == request { Ok(event) } else { Err(Error::BadSignature) }
            }
            ProviderName::Replicate => {
                self.replicate.verify(headers, body, now)?;
                Prediction::read(body)
            }
        }
    }
}

/// The body of Replicate: the whole prediction.
#[derive(Deserialize)]
struct Prediction {
    id: ProviderJob,
    status: String,
}

impl Prediction {
    fn read(body: &[u8]) -> Result<WebhookEvent> {
        let Self { id, status } = malformed(serde_json::from_slice(body))?;
        let is_final = matches!(status.as_str(), "succeeded" | "failed" | "canceled" | "aborted");
        Ok(WebhookEvent { provider_job: id, is_final })
    }
}

/// The body of fal. It reports only the end of a job: `OK` or `ERROR`.
#[derive(Deserialize)]
struct FalResult {
    request_id: ProviderJob,
}

impl FalResult {
    fn read(body: &[u8]) -> Result<WebhookEvent> {
        let Self { request_id } = malformed(serde_json::from_slice(body))?;
        Ok(WebhookEvent { provider_job: request_id, is_final: true })
    }
}

/// The body of Black Forest Labs. Its documentation uses both names of the id.
#[derive(Deserialize)]
struct BflTask {
    #[serde(alias = "task_id")]
    id: ProviderJob,
    status: String,
}

impl BflTask {
    fn read(body: &[u8]) -> Result<WebhookEvent> {
        let Self { id, status } = malformed(serde_json::from_slice(body))?;
        Ok(WebhookEvent { provider_job: id, is_final: status != "Pending" })
    }
}

fn malformed<T>(read: serde_json::Result<T>) -> Result<T> {
    read.map_err(|_| Error::Malformed("The body is no event of this provider.".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_a_job_and_whether_it_is_over() {
        type Read = fn(&[u8]) -> Result<WebhookEvent>;
        let cases: [(Read, &str, bool); 13] = [
            (Prediction::read, r#"{"id": "a1", "status": "starting", "output": null}"#, false),
            (Prediction::read, r#"{"id": "a1", "status": "processing"}"#, false),
            (Prediction::read, r#"{"id": "a1", "status": "paused"}"#, false),
            (Prediction::read, r#"{"id": "a1", "status": "succeeded"}"#, true),
            (Prediction::read, r#"{"id": "a1", "status": "failed"}"#, true),
            (Prediction::read, r#"{"id": "a1", "status": "canceled"}"#, true),
            (Prediction::read, r#"{"id": "a1", "status": "aborted"}"#, true),
            (FalResult::read, r#"{"request_id": "a1", "gateway_request_id": "b2", "status": "OK"}"#, true),
            (FalResult::read, r#"{"request_id": "a1", "status": "ERROR", "payload": null}"#, true),
            (BflTask::read, r#"{"id": "a1", "status": "Ready", "result": {}}"#, true),
            (BflTask::read, r#"{"task_id": "a1", "status": "SUCCESS"}"#, true),
            (BflTask::read, r#"{"id": "a1", "status": "Content Moderated"}"#, true),
            (BflTask::read, r#"{"id": "a1", "status": "Pending"}"#, false),
        ];
        for (read, body, is_final) in cases {
            let event = read(body.as_bytes()).unwrap();
            assert_eq!(event, WebhookEvent { provider_job: "a1".parse().unwrap(), is_final }, "{body}");
        }
        for read in [Prediction::read as Read, FalResult::read, BflTask::read] {
            for body in ["", "[]", "{}", r#"{"id": "../files", "request_id": "../files", "status": "Ready"}"#] {
                assert!(matches!(read(body.as_bytes()), Err(Error::Malformed(_))), "{body}");
            }
        }
    }
}
