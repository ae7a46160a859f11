//! The events for the functions, and the account that calls.

use crate::{
    clock,
    error::{MeasureError, Result},
    programs::build::workspace,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{AccountId, Caller, SessionId, Timestamp};
use ring::hmac;
use serde_json::Value;
use session::{PseudonymKeys, Signer};
use std::{fs, path::Path};

/// The public origin in the functions' variables.
pub const PUBLIC_ORIGIN: &str = "https://cinemaxsai.com";

const ACCOUNT: &str = "01929e6b-6c00-7000-8000-0123456789ab";
const SESSION: &str = "01929e6b-6c01-7000-8000-0123456789ab";
const ORDER: &str = "01929e6b-6c02-7000-8000-0123456789ab";

/// The secret of Stripe's webhooks here. It is public and protects nothing.
const WEBHOOK_SECRET: &str = "whsec_measure";

/// A signed-in account.
#[derive(Debug)]
pub struct SignedInAccount {
    signer: Signer,
    account: AccountId,
    session: SessionId,
}

impl SignedInAccount {
    /// The account of all measurements.
    ///
    /// # Errors
    /// When the keys above do not parse.
    pub fn new() -> Result<Self> {
        let [seed, pseudonym_key] = [[7; 32], [8; 32]].map(|key| BASE64_URL_SAFE_NO_PAD.encode(key));
        let pseudonyms = PseudonymKeys::from_keys([pseudonym_key.as_str()])
            .map_err(MeasureError::during("reading the pseudonym key"))?;
        Ok(Self {
            signer: Signer::from_seed(&seed, pseudonyms, PUBLIC_ORIGIN)
                .map_err(MeasureError::during("reading the signing key"))?,
            account: ACCOUNT.parse().map_err(MeasureError::during("reading the account's id"))?,
            session: SESSION.parse().map_err(MeasureError::during("reading the session's id"))?,
        })
    }

    /// The account's id.
    #[must_use]
    pub fn account(&self) -> String {
        self.account.to_string()
    }

    /// The value of `SESSION_PUBLIC_KEYS`.
    #[must_use]
    pub fn public_key(&self) -> &str {
        self.signer.public_key()
    }

    /// The secrets that functions read at their start.
    #[must_use]
    pub fn secrets(&self) -> Vec<(&'static str, String)> {
        vec![
            ("stripe-webhook-secret", WEBHOOK_SECRET.to_owned()),
            ("order-mac-key", BASE64_URL_SAFE_NO_PAD.encode(ORDER_KEY)),
        ]
    }

    /// The event for a call of `function` now: tokens are valid for minutes. Hello world, which
    /// ignores it, gets the event of `get-credits`.
    ///
    /// # Errors
    /// When there is no event of this function.
    pub fn event(&self, function: &str) -> Result<Vec<u8>> {
        let name = if function == "hello" { "get-credits" } else { function };
        let event = as_sent(&recorded(name)?)?
            .replace("{{token}}", &self.token()?)
            .replace("{{key}}", "measure")
            .replace("{{order}}", &self.order())
            .replace("{{payment}}", "pi_measure")
            .replace("{{event}}", "evt_measure");
        Ok(signed(event, clock::now())?.into_bytes())
    }

    /// An access token of the account, issued now.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn token(&self) -> Result<String> {
        let caller = Caller { account: self.account, session: self.session, issued_at: clock::now() };
        let token = self.signer.issue(&caller).map_err(MeasureError::during("issuing a token"))?;
        Ok(token.as_str().to_owned())
    }

    /// An order of the account, in the form of `billing`, with its signature.
    fn order(&self) -> String {
        let order = format!("{}.pack-500.{ORDER}", self.account);
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &ORDER_KEY), order.as_bytes());
        format!("{order}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac))
    }
}

/// The event, with Stripe's signature over its body in place of `{{signature}}`.
fn signed(event: String, now: Timestamp) -> Result<String> {
    let read: Value = serde_json::from_str(&event).map_err(MeasureError::during("reading an event"))?;
    let body = read["body"].as_str().unwrap_or_default();
    Ok(event.replace("{{signature}}", &signature(body, now)))
}

/// The key that signs orders here.
const ORDER_KEY: [u8; 32] = [9; 32];

/// A `Stripe-Signature` (<https://docs.stripe.com/webhooks#verify-manually>).
fn signature(body: &str, now: Timestamp) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, WEBHOOK_SECRET.as_bytes());
    let at = now.as_second();
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    let hex = hex::encode(tag);
    format!("t={at},v1={hex}")
}

/// The event without the field that says who may call, which API Gateway does not send.
fn as_sent(recorded: &str) -> Result<String> {
    let mut event: Value = serde_json::from_str(recorded).map_err(MeasureError::during("reading an event"))?;
    if let Some(fields) = event.as_object_mut() {
        fields.remove("access");
    }
    Ok(event.to_string())
}

/// The recorded event of a function.
fn recorded(name: &str) -> Result<String> {
    let path = Path::new("events").join(name).with_extension("json");
    fs::read_to_string(workspace().join(&path)).map_err(MeasureError::during(format!("reading {}", path.display())))
}
