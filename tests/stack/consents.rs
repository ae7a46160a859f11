//! A person who consents and withdraws.

use crate::person::{Person, done, post, secret};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Gives a consent and withdraws it, on a text with this hash; sends an older choice, which changes nothing; and sees
/// the notice about a changed policy.
pub async fn chooses(person: &Person, hash: &str) -> Result<(), String> {
    secret(hash);
    // The person is new, so the times are of late by every clock.
    let account = person.get("/v1/account").await.when(200)?;
    let born: Timestamp = account["created_at"].as_str().and_then(|text| text.parse().ok()).ok_or("no created_at")?;
    let choice = |choice: &str, minutes_ago: i64| {
        let chosen_at = born - SignedDuration::from_mins(minutes_ago);
        json!({
            "kind": "advertising", "choice": choice, "version": "2026-12-01", "hash": hash,
            "chosen_at": chosen_at.to_string(),
        })
    };
    let notice =
        json!({ "kind": "notice", "document": "policy", "version": "2026-12-01", "shown_at": born.to_string() });
    for body in [choice("given", 2), choice("withdrawn", 1), choice("refused", 3), notice] {
        done(&post(person, "/v1/consents", &body).await)?;
    }
    let account: Value = person.get("/v1/account").await.when(200)?;
    let (latest, notices) = (&account["consents"]["advertising"], &account["acceptance"]["notices"]);
    let is_so = latest["choice"] == "withdrawn" && latest["in_force"] == false && notices[0]["document"] == "policy";
    if is_so { Ok(()) } else { Err(format!("the consent was withdrawn and the notice was shown: {account}")) }
}
