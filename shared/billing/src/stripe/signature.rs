//! Signed webhooks: <https://docs.stripe.com/webhooks#verify-manually>

use jiff::Timestamp;
use kernel::{Error, Result};
use ring::hmac;
use std::{fmt, time::Duration};

/// The largest difference between the timestamp of a webhook and now, in both directions, as in
/// Stripe's own libraries. A longer tolerance allows replays for longer; a shorter one refuses
/// webhooks of a slow clock.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The number of signatures in a header that are checked. Stripe sends one for each secret that is
/// valid during a rotation.
const SIGNATURES: usize = 8;

/// The secrets that Stripe signs its webhooks with.
pub struct SigningSecrets(Vec<hmac::Key>);

impl SigningSecrets {
    /// Reads the secrets of the endpoint, `whsec_…`. A signature with any of them is accepted. The
    /// whole text is the key. It is not decoded, unlike the secrets of Standard Webhooks.
    ///
    /// # Errors
    /// `internal` if a secret is not valid or there is none.
    pub fn from_secrets<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let keys: Vec<_> = secrets.into_iter().map(key).collect::<Result<_>>()?;
        if keys.is_empty() {
            return Err(Error::internal("a signing secret of Stripe is missing"));
        }
        Ok(Self(keys))
    }

    /// Checks a `Stripe-Signature` over the raw `body`, and that its timestamp is within five
    /// minutes of `now`. Only signatures of the scheme `v1` count. The comparison takes constant
    /// time.
    ///
    /// # Errors
    /// `bad_signature`.
    pub fn verify(&self, header: Option<&str>, body: &[u8], now: Timestamp) -> Result<()> {
        let fields = || header.unwrap_or_default().split(',').filter_map(|field| field.trim().split_once('='));
        let (_, timestamp) = fields().find(|(name, _)| *name == "t").ok_or(Error::BadSignature)?;
        let sent_at: i64 = timestamp.parse().map_err(|_| Error::BadSignature)?;
        if now.as_second().abs_diff(sent_at) > TOLERANCE.as_secs() {
            return Err(Error::BadSignature);
        }
        let signed = [timestamp.as_bytes(), body].join(&b'.');
        let mut tags =
            fields().filter(|(name, _)| *name == "v1").take(SIGNATURES).filter_map(|(_, tag)| hex::decode(tag).ok());
        match tags.any(|tag| self.0.iter().any(|key| hmac::verify(key, &signed, &tag).is_ok())) {
            true => Ok(()),
            false => Err(Error::BadSignature),
        }
    }
}

impl fmt::Debug for SigningSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecrets")
    }
}

fn key(secret: &str) -> Result<hmac::Key> {
    match secret.strip_prefix("whsec_") {
        Some(rest) if !rest.is_empty() => Ok(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())),
        _ => Err(Error::internal("a signing secret of Stripe's begins with `whsec_`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by `stripe.WebhookSignature.generate_signature_header` of Stripe's own library.
    const SECRET: &str = "whsec_test_secret";
    const BODY: &str = "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}";
    const SIGNED: &str = "t=1800000000,v1=8920d0e64a38d2b0d84217cf4360f9157d30634c5e29d55d27910dc797612567";
    const UMLAUTS: (&str, &str) = (
        "{\"name\":\"Zoë – ünïcode\"}",
        "t=1800000000,v1=c367f056a01c8feaf9127926418e395b6934eeb7e2b3bf9148180c1353a43721",
    );

    fn at(offset: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + offset).unwrap()
    }

    fn secrets(secrets: &[&str]) -> SigningSecrets {
        SigningSecrets::from_secrets(secrets.iter().copied()).unwrap()
    }

    fn v1(header: &str) -> &str {
        header.split_once(',').unwrap().1
    }

    #[test]
    fn a_signature_of_stripes_own_library_verifies() {
        let ours = secrets(&[SECRET]);
        for (body, header) in [(BODY, SIGNED), UMLAUTS] {
            assert!(ours.verify(Some(header), body.as_bytes(), at(0)).is_ok(), "{header}");
        }
    }

    #[test]
    fn any_secret_and_any_of_several_signatures_verify() {
        let both = secrets(&["whsec_other", SECRET]);
        let wrong = "0".repeat(64);
        for header in [
            SIGNED.to_owned(),
            format!("t=1800000000,v1={wrong},{}", v1(SIGNED)),
            format!("t=1800000000,{},v1={wrong}", v1(SIGNED)),
            format!("t=1800000000,v0={wrong},{}", v1(SIGNED)),
            format!("{}, t=1800000000", v1(SIGNED)),
        ] {
            assert!(both.verify(Some(&header), BODY.as_bytes(), at(0)).is_ok(), "{header}");
        }
    }

    #[test]
    fn a_timestamp_may_differ_by_five_minutes() {
        let ours = secrets(&[SECRET]);
        for (offset, good) in [(-301, false), (-300, true), (300, true), (301, false), (i64::from(i32::MAX), false)] {
            assert_eq!(ours.verify(Some(SIGNED), BODY.as_bytes(), at(offset)).is_ok(), good, "{offset} s");
        }
    }

    #[test]
    fn a_changed_webhook_is_refused() {
        let ours = secrets(&[SECRET]);
        let refused = |header: Option<&str>, body: &str| {
            let answer = ours.verify(header, body.as_bytes(), at(0));
            assert!(matches!(answer, Err(Error::BadSignature)), "{header:?} over {body} must be refused");
        };
        refused(Some(SIGNED), &BODY.replace("evt_test", "evt_true"));
        refused(Some(SIGNED), &BODY.replace('\n', ""));
        refused(None, BODY);
        let v0 = SIGNED.replace("v1=", "v0=");
        let later = SIGNED.replace("t=1800000000", "t=1800000001");
        let odd = &SIGNED[..SIGNED.len() - 1];
        let upside_down = SIGNED.replace("t=", "v1=").replace(",v1=", ",t=");
        for header in [
            "",
            "t=1800000000",
            v1(SIGNED),
            "t=,v1=",
            "t=now,v1=00",
            "t=1800000000,v1=zz",
            &v0,
            &later,
            odd,
            &upside_down,
        ] {
            refused(Some(header), BODY);
        }
        assert!(secrets(&["whsec_other"]).verify(Some(SIGNED), BODY.as_bytes(), at(0)).is_err());
    }

    #[test]
    fn the_secret_is_not_decoded() {
        // `dGVzdA==` is base64 of `test`: a key made of the decoded bytes must not verify.
        let literal = hmac::Key::new(hmac::HMAC_SHA256, b"whsec_dGVzdA==");
        let tag = hmac::sign(&literal, b"1800000000.{}");
        let hex = hex::encode(tag);
        let ours = secrets(&["whsec_dGVzdA=="]);
        assert!(ours.verify(Some(&format!("t=1800000000,v1={hex}")), b"{}", at(0)).is_ok());
    }

    #[test]
    fn a_secret_that_cannot_be_one_is_refused_at_the_start() {
        for secret in ["", "whsec_", "sk_test_1"] {
            assert!(SigningSecrets::from_secrets([secret]).is_err(), "{secret}");
        }
        assert!(SigningSecrets::from_secrets([]).is_err());
    }
}
