//! Webhooks with signatures by the Standard Webhooks specification:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use super::check::check_age;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;
use kernel::{Error, Result, Timestamp};
use ring::hmac;
use std::fmt;

/// The number of signatures in a header that are checked. During a rotation a sender sends two.
const SIGNATURES: usize = 8;

/// The secrets with which a provider signs its webhooks.
pub(crate) struct StandardWebhooks(Vec<hmac::Key>);

impl StandardWebhooks {
    /// Reads secrets of the form `whsec_` and standard base64. Any of them is accepted.
    ///
    /// # Errors
    /// `internal` if a secret does not parse or there is none.
    pub(crate) fn from_keys<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let keys: Vec<_> = secrets.into_iter().map(key).collect::<Result<_>>()?;
        if keys.is_empty() {
            return Err(Error::internal("a webhook secret is missing"));
        }
        Ok(Self(keys))
    }

    /// Checks the signature over the raw `body`, and that the timestamp is within five minutes of
    /// `now`. The comparison takes constant time.
    ///
    /// # Errors
    /// `bad_signature`.
    pub(crate) fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<()> {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Error::BadSignature);
        let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
        let signatures = header("webhook-signature")?;
        check_age(timestamp, now)?;
        let signed = [id.as_bytes(), timestamp.as_bytes(), body].join(&b'.');
        let mut tags = signatures
            .split(' ')
            .take(SIGNATURES)
            .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok());
        match tags.any(|tag| self.0.iter().any(|key| hmac::verify(key, &signed, &tag).is_ok())) {
            true => Ok(()),
            false => Err(Error::BadSignature),
        }
    }
}

impl fmt::Debug for StandardWebhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StandardWebhooks")
    }
}

fn key(secret: &str) -> Result<hmac::Key> {
    let bytes = secret.strip_prefix("whsec_").and_then(|encoded| STANDARD.decode(encoded).ok());
    match bytes {
        Some(bytes) if !bytes.is_empty() => Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes)),
        _ => Err(Error::internal("a webhook secret must be `whsec_` and base64")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of the Standard Webhooks libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const SENT_AT: i64 = 1_614_265_330;

    /// The vector of OpenAI's client libraries, which sign by the same rules.
    const OPENAI_SECRET: &str = "whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=";
    const OPENAI_BODY: &[u8] = br#"{"id": "evt_685c059ae3a481909bdc86819b066fb6", "object": "event", "created_at": 1750861210, "type": "response.completed", "data": {"id": "resp_123"}}"#;
    const OPENAI_SIGNATURE: &str = "v1,gUAg4R2hWouRZqRQG4uJypNS8YK885G838+EHb4nKBY=";

    const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn signed(id: &str, sent_at: i64, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", id.parse().unwrap());
        headers.insert("webhook-timestamp", sent_at.to_string().parse().unwrap());
        headers.insert("webhook-signature", signature.parse().unwrap());
        headers
    }

    fn headers(signature: &str) -> HeaderMap {
        signed(ID, SENT_AT, signature)
    }

    fn now(offset: i64) -> Timestamp {
        Timestamp::new(SENT_AT + offset, 0).unwrap()
    }

    #[test]
    fn the_published_vectors_verify() {
        let secrets = StandardWebhooks::from_keys([SECRET]).unwrap();
        assert!(secrets.verify(&headers(SIGNATURE), BODY, now(0)).is_ok());
        let headers = signed("wh_685c059ae39c8190af8c71ed1022a24d", 1_750_861_210, OPENAI_SIGNATURE);
        let at = Timestamp::new(1_750_861_210, 0).unwrap();
        let secrets = StandardWebhooks::from_keys([OPENAI_SECRET]).unwrap();
        assert!(secrets.verify(&headers, OPENAI_BODY, at).is_ok());
    }

    #[test]
    fn any_of_two_secrets_and_any_of_several_signatures_verify() {
        let both = StandardWebhooks::from_keys([OTHER_SECRET, SECRET]).unwrap();
        let several = format!("v1a,AAAA v1,AAAA v2,{} {SIGNATURE}", &SIGNATURE[3..]);
        for signature in [SIGNATURE, &several] {
            assert!(both.verify(&headers(signature), BODY, now(0)).is_ok(), "{signature}");
        }
    }

    #[test]
    fn a_webhook_is_good_for_five_minutes_in_either_direction() {
        let secrets = StandardWebhooks::from_keys([SECRET]).unwrap();
        for (offset, good) in [(-301, false), (-300, true), (300, true), (301, false), (i64::from(i32::MAX), false)] {
            assert_eq!(secrets.verify(&headers(SIGNATURE), BODY, now(offset)).is_ok(), good, "{offset} s");
        }
    }

    #[test]
    fn a_change_of_any_signed_part_is_refused() {
        let secrets = StandardWebhooks::from_keys([SECRET]).unwrap();
        let refused = |headers: &HeaderMap, body: &[u8], what: &str| {
            let answer = secrets.verify(headers, body, now(0));
            assert!(matches!(answer, Err(Error::BadSignature)), "{what} must be refused");
        };
        refused(&headers(SIGNATURE), br#"{"test": 2432232315}"#, "another body");
        for signature in ["", "v1,", "v1,AAAA", &SIGNATURE[3..], &SIGNATURE.replace("v1", "v2")] {
            refused(&headers(signature), BODY, signature);
        }
        for (name, value) in [("webhook-id", "msg_other"), ("webhook-timestamp", "1614265331")] {
            let mut changed = headers(SIGNATURE);
            changed.insert(name, value.parse().unwrap());
            refused(&changed, BODY, name);
            changed.remove(name);
            refused(&changed, BODY, name);
        }
        let other = StandardWebhooks::from_keys([OTHER_SECRET]).unwrap();
        assert!(other.verify(&headers(SIGNATURE), BODY, now(0)).is_err());
    }

    #[test]
    fn a_secret_that_cannot_be_read_is_refused_at_the_start() {
        for secret in ["", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert!(StandardWebhooks::from_keys([secret]).is_err(), "{secret}");
        }
        assert!(StandardWebhooks::from_keys([]).is_err());
    }
}
