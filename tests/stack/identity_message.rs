//! Messages of the partners about people's identities, signed with the keys of the platform's partners.

use crate::{
    answer::Answer,
    person::{client, secret, send},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use local::{
    LocalPlatform,
    fakes::{AppleEvent, Webhook},
};
use reqwest::header::CONTENT_TYPE;
use ring::hmac;
use serde_json::json;

/// Google says something about a person of now. `event` is the last part of the event's name.
pub async fn google_says(platform: &LocalPlatform, event: &str, who: &str) -> Result<(), String> {
    secret(who);
    let request = client().post(format!("{}/_local/security-event", platform.google()));
    let request = request.header(CONTENT_TYPE, "application/json");
    let told = request.body(json!({ "event": event, "sub": who }).to_string());
    let told = send(told, "the local Google".to_owned()).await.when(200)?;
    match told["statuses"] == json!([202]) {
        true => Ok(()),
        false => Err(format!("Google's {event} is answered {}, not 202", told["statuses"])),
    }
}

/// Apple says something about a subject of now. Nothing changes at Apple.
pub async fn apple_says(platform: &LocalPlatform, event: AppleEvent, subject: &str) -> Result<(), String> {
    secret(subject);
    let Webhook { url, headers, body, .. } = platform.apple().notice(platform.now(), event, subject);
    let answer = send(client().post(url).headers(headers).body(body), format!("Apple's {event:?}")).await;
    if matches!(answer.status, 200 | 204) { Ok(()) } else { Err(format!("{answer}, not taken")) }
}

/// Facebook says something about a user of now. `what` is the last part of the route's path.
pub async fn facebook_says(platform: &LocalPlatform, base: &str, what: &str, user_id: &str) -> Answer {
    secret(user_id);
    let app_secret = platform.secret("facebook-app-secret").expect("the platform has the app's secret");
    let issued_at = platform.now().as_second();
    let data = json!({ "algorithm": "HMAC-SHA256", "issued_at": issued_at, "user_id": user_id });
    let payload = BASE64_URL_SAFE_NO_PAD.encode(data.to_string());
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, app_secret.as_bytes()), payload.as_bytes());
    let signed = format!("{}.{payload}", BASE64_URL_SAFE_NO_PAD.encode(signature));
    says(base, what, &signed).await
}

/// Somebody says something in Facebook's name.
pub async fn says(base: &str, what: &str, signed_request: &str) -> Answer {
    let path = format!("/v1/webhooks/identity/{what}");
    let request = client().post(format!("{base}{path}")).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    send(request.body(format!("signed_request={signed_request}")), format!("POST {path}")).await
}
