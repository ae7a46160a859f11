//! Signed messages of the partners, as of now in the world.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::Timestamp;
use local::fakes::AppleEvent;
use ring::hmac;
use serde_json::{Value, json};
use tests::{App, Event};

/// The beginnings of the names of Google's events: those of people, and those of tokens.
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
const OAUTH: &str = "https://schemas.openid.net/secevent/oauth/event-type/";

/// Google's security event. `subject` is empty for an event about nobody.
pub fn google(app: &App, event: &str, subject: &str) -> Event {
    let family = if matches!(event, "token-revoked" | "tokens-revoked") { OAUTH } else { RISC };
    let token = app.google().security_event(&format!("{family}{event}"), subject);
    Event::recorded("identity-webhook").fill("event", &token)
}

/// Apple's notification.
pub fn apple(app: &App, event: AppleEvent, subject: &str) -> Event {
    let webhook = app.apple().notice(app.world().now(), event, subject);
    let body = String::from_utf8(webhook.body.to_vec()).unwrap();
    Event::recorded("identity-webhook.apple").fill("payload", "").body(&body)
}

/// Facebook reports that the person has removed our app.
pub fn facebook(app: &App, user_id: &str) -> Event {
    let signed = signed_request(&app.world().secret("facebook-app-secret"), user_id, app.world().now());
    Event::recorded("identity-webhook.facebook").fill("signed_request", &signed)
}

/// Facebook reports that the person wants the data deleted.
pub fn facebook_deletion(app: &App, user_id: &str) -> Event {
    let signed = signed_request(&app.world().secret("facebook-app-secret"), user_id, app.world().now());
    Event::recorded("identity-webhook.facebook-deletion").fill("signed_request", &signed)
}

/// A signed request, as Meta documents it: the signature is an HMAC over the encoded text.
pub fn signed_request(secret: &str, user_id: &str, at: Timestamp) -> String {
    signed_data(secret, &json!({ "algorithm": "HMAC-SHA256", "issued_at": at.as_second(), "user_id": user_id }))
}

/// The signed data that Facebook's JavaScript SDK keeps in the browser after a login. Its secret is the same.
pub fn login_request(secret: &str, user_id: &str, at: Timestamp) -> String {
    let data = json!({ "algorithm": "HMAC-SHA256", "code": "AQD", "issued_at": at.as_second(), "user_id": user_id });
    signed_data(secret, &data)
}

fn signed_data(secret: &str, data: &Value) -> String {
    let payload = BASE64_URL_SAFE_NO_PAD.encode(data.to_string());
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), payload.as_bytes());
    format!("{}.{payload}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}
