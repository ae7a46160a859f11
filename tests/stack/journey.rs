//! The journey of a person through the whole service. It returns a `Result`, because some tests expect
//! it to fail.

use crate::{
    answer::Answer,
    consents::chooses,
    identity_message::says,
    person::{MODEL, Person, client, done, id, order, post, secret, send, unique},
    stack::PATIENCE,
    upload_form::uploads,
};
use bytes::Bytes;
use reqwest::{
    Method,
    header::{CONTENT_TYPE, ORIGIN},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The result of a journey.
pub struct Delivered {
    /// The person.
    pub person: Person,
    /// The prompt.
    pub prompt: Value,
    /// The available credits before.
    pub available_before: u64,
    /// The generation in the answer to the request.
    pub accepted: Value,
    /// The generation at its end.
    pub generation: Value,
    /// The answer of its download link.
    pub file: Answer,
    /// The credits at the end.
    pub credits: Value,
}

/// Uses every route and every job once: signs in, reads, requests a generation, waits, downloads,
/// renews the session and signs out.
pub async fn whole(base: &str) -> Result<Delivered, String> {
    let who = format!("canary-{}@people.example", unique());
    let page = Person::stranger(base).get("/").await;
    if page.status != 200 {
        return Err(format!("{page}, not the page"));
    }
    let mut person = Person::sign_in(base, &who).await?;
    let sessions = person.get("/v1/sessions").await.when(200)?;
    if sessions["items"].as_array().map(Vec::len) != Some(1) || sessions["items"][0]["current"] != true {
        return Err(format!("the one session of a new account must be listed as the current one: {sessions}"));
    }
    signs_in_elsewhere(base, &who, &person).await?;
    introduces(&person, &format!("Canary-Name-{}-", unique())).await?;
    chooses(&person, &format!("{:016x}", 0xc0ff_ee00_0000_0000_u64 + unique() as u64)).await?;
    pictured(&person).await?;
    links_and_removes(&mut person).await?;
    person.get("/v1/models").await.when(200)?;
    person.get("/v1/status").await.when(200)?;
    quoted(&person, &json!({ "model": MODEL })).await.when(200)?;
    let available_before = person.get("/v1/credits").await.when(200)?["available"].as_u64().unwrap_or_default();
    uploads(&person, "image/png", &tests::pictures::png([200, 30, 20])).await?;
    let order = order();
    let accepted = person.generate(&format!("key-{}", unique()), &order).await.when(202)?;
    let generation = finished(&person, &id(&accepted)).await?;
    let file = download(&generation).await?;
    person.get("/v1/generations").await.when(200)?;
    let credits = person.get("/v1/credits").await.when(200)?;
    let usage = person.get("/v1/usage").await.when(200)?;
    if usage["months"][0]["generations"] != 1 {
        return Err(format!("one generation was delivered, and its use is {usage}"));
    }
    let delivered = Delivered {
        person: person.clone(),
        prompt: order["prompt"].clone(),
        available_before,
        accepted,
        generation,
        file,
        credits,
    };
    drops_one(&person).await?;
    writes_to_support(&person).await?;
    reports(&Person::stranger(base)).await?;
    is_not_facebook(base).await?;
    buys(&person).await?;
    refresh(&mut person).await?;
    let mut person = thinks_again(base, &who, &person).await?;
    refresh(&mut person).await?;
    signs_out(&person).await?;
    Ok(delivered)
}

/// Somebody who does not have the app's secret speaks in Facebook's name.
async fn is_not_facebook(base: &str) -> Result<(), String> {
    let refused = says(base, "facebook-deletion", "c2lnbmF0dXJl.e30").await;
    if refused.status == 401 { Ok(()) } else { Err(format!("{refused}, not 401")) }
}

/// The sessions in a person's list.
pub async fn sessions(person: &Person) -> Result<Vec<Value>, String> {
    let list = person.get("/v1/sessions").await.when(200)?;
    list["items"].as_array().cloned().ok_or(format!("{list} has no items"))
}

/// The id of a person's own session.
pub async fn own_session(person: &Person) -> Result<String, String> {
    let sessions = sessions(person).await?;
    let own = sessions.iter().find(|session| session["current"] == true);
    own.and_then(|session| session["id"].as_str()).map(str::to_owned).ok_or(format!("{sessions:?} has no own session"))
}

/// Links an identity at Facebook, and removes it.
async fn links_and_removes(person: &mut Person) -> Result<(), String> {
    person.links("facebook", &format!("canary-facebook-{}@people.example", unique())).await?;
    let removed = person.ask(Method::DELETE, "/v1/account/identities/facebook").await.when(200)?;
    if removed["revocation"] != "not_needed" {
        return Err(format!("Facebook gave us no token, and the removal says {removed}"));
    }
    Ok(())
}

/// Signs in with three more browsers, and ends one of their sessions and then the others. Finds the
/// sign-ins in the list, and our keys at their address.
pub async fn signs_in_elsewhere(base: &str, who: &str, person: &Person) -> Result<(), String> {
    let elsewhere = Person::sign_in(base, who).await?;
    for _ in 0..2 {
        Person::sign_in(base, who).await?;
    }
    let path = format!("/v1/sessions/{}", own_session(&elsewhere).await?);
    done(&person.ask(Method::DELETE, &path).await)?;
    let refused = elsewhere.submit().await;
    if refused.status != 401 {
        return Err(format!("{refused}, although the session has ended"));
    }
    done(&person.ask(Method::DELETE, "/v1/sessions").await)?;
    let left = sessions(person).await?;
    if left.len() != 1 {
        return Err(format!("the other sessions must have ended: {left:?}"));
    }
    let sign_ins = person.get("/v1/account/sign-ins?limit=2").await.when(200)?;
    if sign_ins["items"].as_array().map(Vec::len) != Some(2) || !sign_ins["next_cursor"].is_string() {
        return Err(format!("the newest sign-ins must be listed: {sign_ins}"));
    }
    let keys = Person::stranger(base).get("/.well-known/jwks.json").await.when(200)?;
    if keys["keys"][0]["kid"].is_string() { Ok(()) } else { Err(format!("{keys} has no key")) }
}

/// The answer to a request for a quote.
pub async fn quoted(person: &Person, body: &Value) -> Answer {
    let request = person.request(Method::POST, "/v1/quotes").header(CONTENT_TYPE, "application/json");
    send(request.body(body.to_string()), "POST /v1/quotes".to_owned()).await
}

/// Sets the name and a preference, and finds both in the account.
pub async fn introduces(person: &Person, name: &str) -> Result<(), String> {
    secret(name);
    let body = json!({ "name": name, "preferences": { "theme": "dark" } });
    let request = person.request(Method::PATCH, "/v1/account").header(CONTENT_TYPE, "application/merge-patch+json");
    let changed = send(request.body(body.to_string()), "PATCH /v1/account".to_owned()).await.when(200)?;
    let found = person.get("/v1/account").await.when(200)?;
    // The link to the picture is another one each time, and comes as soon as the picture is copied.
    let without_link = |account: &Value| {
        let mut account = account.clone();
        account["picture_url"].take();
        account
    };
    let is_same = without_link(&found) == without_link(&changed);
    let is_so = is_same && found["name"] == name && found["preferences"]["theme"] == "dark";
    if is_so { Ok(()) } else { Err(format!("the account is {found}, and the answer to its change was {changed}")) }
}

/// Waits until the picture of a person is copied, and looks at it.
pub async fn pictured(person: &Person) -> Result<(), String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let account = person.get("/v1/account").await.when(200)?;
        if account["picture_url"].is_string() {
            return sees_picture(&account).await;
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(format!("the person has no picture after {PATIENCE:?}"))
}

/// Follows the link to the picture of an account.
pub async fn sees_picture(account: &Value) -> Result<(), String> {
    let url = account["picture_url"].as_str().ok_or(format!("{account} has no picture"))?;
    if let Some((_, signature)) = url.split_once("X-Amz-Signature=") {
        secret(signature.split('&').next().unwrap_or(signature));
    }
    let picture = send(client().get(url), "the picture's link".to_owned()).await;
    match (picture.status, picture.header("content-type")) {
        (200, "image/jpeg") => Ok(()),
        _ => Err(format!("{picture}, not a picture")),
    }
}

/// Requests a generation, cancels it, marks it as a favourite, and deletes it.
pub async fn drops_one(person: &Person) -> Result<(), String> {
    let path = format!("/v1/generations/{}", id(&person.submit().await.when(202)?));
    let canceled = person.ask(Method::POST, &format!("{path}/cancel")).await;
    // The generation may have ended by then.
    if ![200, 202, 409].contains(&canceled.status) {
        return Err(format!("{canceled}, not the answer to a cancellation"));
    }
    finished(person, path.rsplit('/').next().unwrap_or_default()).await?;
    notes(person, &path, &json!({ "favourite": true })).await?;
    done(&person.ask(Method::DELETE, &path).await)
}

/// Changes the favourite or the title of a generation.
pub async fn notes(person: &Person, path: &str, body: &Value) -> Result<Value, String> {
    let request = person.request(Method::PATCH, path).header(CONTENT_TYPE, "application/json");
    send(request.body(body.to_string()), format!("PATCH {path}")).await.when(200)
}

/// Buys a pack on Stripe's page and waits for its credits. Returns the checkout.
pub async fn buys(person: &Person) -> Result<Value, String> {
    let plan = a_pack(person).await?;
    let before = person.credits().await.0;
    let checkout = checkout(person, &plan).await?;
    let page = checkout["url"].as_str().ok_or(format!("{checkout} has no page"))?;
    let paid = send(client().post(page), "Stripe's page".to_owned()).await;
    if paid.status != 303 {
        return Err(format!("{paid}, not the way back"));
    }
    let begun = Instant::now();
    while person.credits().await.0 != before + plan["credits"].as_u64().unwrap_or_default() {
        if begun.elapsed() > PATIENCE {
            return Err(format!("the credits are not there after {PATIENCE:?}"));
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(checkout)
}

/// The first plan on offer.
async fn a_pack(person: &Person) -> Result<Value, String> {
    Ok(person.get("/v1/plans").await.when(200)?["items"][0].clone())
}

/// Opens a page at Stripe for this plan.
async fn checkout(person: &Person, plan: &Value) -> Result<Value, String> {
    post(person, "/v1/checkouts", &json!({ "plan": plan["id"] })).await.when(201)
}

/// Opens a page at Stripe for a pack. Returns the id of its session.
pub async fn opens_a_checkout(person: &Person) -> Result<String, String> {
    let plan = a_pack(person).await?;
    Ok(id(&checkout(person, &plan).await?))
}

/// Requests the deletion of the account, reads its status, signs in again and cancels it.
pub async fn thinks_again(base: &str, who: &str, person: &Person) -> Result<Person, String> {
    let code = asks_for_deletion(person).await?;
    looks_at_deletion(base, &code).await?;
    let person = Person::sign_in(base, who).await?;
    keeps_the_account(&person).await?;
    Ok(person)
}

/// Requests the deletion of the account. Returns the deletion's code.
pub async fn asks_for_deletion(person: &Person) -> Result<String, String> {
    let asked = post(person, "/v1/account/deletion", &json!({ "confirm": "delete my account" })).await.when(202)?;
    Ok(asked["code"].as_str().ok_or(format!("{asked} has no code"))?.to_owned())
}

/// Reads the status of a deletion, without a session.
pub async fn looks_at_deletion(base: &str, code: &str) -> Result<Value, String> {
    Person::stranger(base).get(&format!("/v1/deletions/{code}")).await.when(200)
}

/// Cancels the deletion.
pub async fn keeps_the_account(person: &Person) -> Result<(), String> {
    done(&person.ask(Method::DELETE, "/v1/account/deletion").await)
}

/// Writes to support, twice the same. Returns the case.
pub async fn writes_to_support(person: &Person) -> Result<Value, String> {
    let text = format!("canary-message-{}-", unique());
    writes(person, "/v1/contact", &json!({ "kind": "support", "text": text, "reply_to": "canary@people.example" }))
        .await
}

/// Reports a work, twice the same. Returns the case.
pub async fn reports(person: &Person) -> Result<Value, String> {
    let what = format!("canary-report-{}-", unique());
    let body = json!({ "what": what, "where": "https://cinemaxsai.example/works/1", "good_faith": true });
    writes(person, "/v1/reports", &body).await
}

/// Sends a message twice, which makes one case.
pub async fn writes(person: &Person, path: &str, body: &Value) -> Result<Value, String> {
    for text in ["text", "what", "reply_to"].into_iter().filter_map(|name| body[name].as_str()) {
        secret(text);
    }
    let request = || person.request(Method::POST, path).header(CONTENT_TYPE, "application/json").body(body.to_string());
    let case = send(request(), format!("POST {path}")).await.when(201)?;
    let again = send(request(), format!("POST {path}")).await.when(201)?;
    match case["number"] == again["number"] && case["state"] == "open" {
        true => Ok(case),
        false => Err(format!("the same message makes one open case, not {case} and {again}")),
    }
}

/// Signs out.
pub async fn signs_out(person: &Person) -> Result<(), String> {
    done(&person.ask(Method::DELETE, "/v1/session").await)
}

/// Waits until a generation is final.
pub async fn finished(person: &Person, id: &str) -> Result<Value, String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let generation = person.get(&format!("/v1/generations/{id}")).await.when(200)?;
        match generation["status"].as_str().unwrap_or_default() {
            "queued" | "submitting" | "running" | "canceling" | "collecting" => sleep(Duration::from_millis(50)).await,
            _ => return Ok(generation),
        }
    }
    Err(format!("the generation {id} is not final after {PATIENCE:?}"))
}

/// Waits until a delivered picture has its thumbnail. Returns the generation.
pub async fn drawn(person: &Person, id: &str) -> Result<Value, String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let generation = person.get(&format!("/v1/generations/{id}")).await.when(200)?;
        if generation["outputs"][0]["thumbnail_url"].is_string() {
            return Ok(generation);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(format!("the generation {id} has no thumbnail after {PATIENCE:?}"))
}

/// Renews the session by its cookie.
pub async fn refresh(person: &mut Person) -> Result<(), String> {
    let request = person.request(Method::POST, "/v1/session/refresh");
    let answer = send(request, "POST /v1/session/refresh".to_owned()).await;
    answer.when(200)?;
    person.keep_cookies(&answer);
    Ok(())
}

/// Follows the link of a generation's only output.
pub async fn download(generation: &Value) -> Result<Answer, String> {
    let url = generation["outputs"][0]["url"].as_str().ok_or(format!("{generation} has no output"))?;
    if let Some((_, signature)) = url.split_once("X-Amz-Signature=") {
        secret(signature.split('&').next().unwrap_or(signature));
    }
    let file = send(client().get(url), "the output's link".to_owned()).await;
    if file.status == 200 { Ok(file) } else { Err(format!("{file}, not the file")) }
}

/// Sends a raw body as JSON.
pub async fn post_raw(person: &Person, key: Option<&str>, content_type: &str, body: impl Into<Bytes>) -> Answer {
    let mut request = person.request(Method::POST, "/v1/generations").header(CONTENT_TYPE, content_type);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    send(request.body(body.into()), "POST /v1/generations".to_owned()).await
}

/// A request for a generation from another site's page.
pub async fn post_from(person: &Person, origin: &str) -> Answer {
    let mut request = person.request(Method::POST, "/v1/generations").build().expect("the request can be built");
    request.headers_mut().insert(ORIGIN, origin.parse().expect("an origin is a header"));
    request.headers_mut().insert(CONTENT_TYPE, "application/json".parse().expect("a type is a header"));
    request.headers_mut().insert("idempotency-key", "from-elsewhere".parse().expect("a key is a header"));
    *request.body_mut() = Some(order().to_string().into());
    let request = reqwest::RequestBuilder::from_parts(client(), request);
    send(request, "POST /v1/generations".to_owned()).await
}
