//! The walks of the profile, of choices, of the list of sign-ins, and of the routes for messages to support and for
//! reports.

use super::people::{Walked, newcomer};
use crate::{
    consents::chooses,
    journey::{introduces, reports, sees_picture, writes_to_support},
    permissions::quiet::Quiet,
    person::{Person, send, unique},
};
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::json;

/// The walk of a function of this file; `None` for another function.
pub async fn walk(quiet: &Quiet, function: &str) -> Option<Walked> {
    Some(match function {
        "Contact" => contact(quiet).await,
        "CopyPicture" => copy_picture(quiet).await,
        "GetAccount" => get_account(quiet).await,
        "ListSignIns" => list_sign_ins(quiet).await,
        "RecordConsent" => record_consent(quiet).await,
        "Report" => report(quiet).await,
        "UpdateAccount" => update_account(quiet).await,
        _ => return None,
    })
}

/// A person who is signed in, and a stranger.
async fn contact(quiet: &Quiet) -> Walked {
    writes_to_support(&newcomer(quiet).await?).await?;
    writes_to_support(&Person::stranger(quiet.base())).await.map(drop)
}

/// The session, the profile and the row are read, and the row is added. An older choice only checks the profile.
async fn record_consent(quiet: &Quiet) -> Walked {
    chooses(&newcomer(quiet).await?, &format!("{:016x}", 0xbeef_0000_0000_0000_u64 + unique() as u64)).await
}

/// A person who is signed in, and a stranger.
async fn report(quiet: &Quiet) -> Walked {
    reports(&newcomer(quiet).await?).await?;
    reports(&Person::stranger(quiet.base())).await.map(drop)
}

/// The session is looked up, and the page is one query.
async fn list_sign_ins(quiet: &Quiet) -> Walked {
    let list = newcomer(quiet).await?.get("/v1/account/sign-ins").await.when(200)?;
    match list["items"][0]["current"].as_bool() {
        Some(true) => Ok(()),
        _ => Err(format!("the sign-in is not listed: {list}")),
    }
}

/// A new person whose picture is copied.
async fn pictured(quiet: &Quiet) -> Result<Person, String> {
    let person = newcomer(quiet).await?;
    quiet.work("CopyPicture", &json!({ "account": person.account })).await?;
    Ok(person)
}

/// A picture is copied, and an object that the profile does not name is deleted.
async fn copy_picture(quiet: &Quiet) -> Walked {
    let person = newcomer(quiet).await?;
    let prefix = format!("pictures/{}/", person.account);
    quiet.leave_objects(&format!("{prefix}left")).await;
    quiet.work("CopyPicture", &json!({ "account": person.account })).await?;
    match quiet.count_objects(&prefix).await {
        1 => sees_picture(&person.get("/v1/account").await.when(200)?).await,
        left => Err(format!("{left} versions of copies are in the bucket, not the one of the profile")),
    }
}

/// The link is signed with the rights of the role, so it shows the picture only if the role may read it.
async fn get_account(quiet: &Quiet) -> Walked {
    sees_picture(&pictured(quiet).await?.get("/v1/account").await.when(200)?).await
}

/// The session and the account are read, and the profile is written. The answer has a link too.
async fn update_account(quiet: &Quiet) -> Walked {
    let person = pictured(quiet).await?;
    introduces(&person, &format!("Canary-Name-{}-", unique())).await?;
    let request = person.request(Method::PATCH, "/v1/account").header(CONTENT_TYPE, "application/merge-patch+json");
    let body = json!({ "preferences": { "theme": "light" } }).to_string();
    let changed = send(request.body(body), "PATCH /v1/account".to_owned()).await.when(200)?;
    sees_picture(&changed).await
}
