//! Deletions.

use super::people::{Walked, newcomer, somebody};
use crate::{
    journey::{asks_for_deletion, keeps_the_account, looks_at_deletion, writes_to_support},
    permissions::quiet::Quiet,
    person::{Person, id},
};
use serde_json::json;

/// The walk of a function of this file; `None` for another function.
pub async fn walk(quiet: &Quiet, function: &str) -> Option<Walked> {
    Some(match function {
        "CancelDeletion" => cancel_deletion(quiet).await,
        "DeleteAccount" => delete_account(quiet).await,
        "DeletionStatus" => deletion_status(quiet).await,
        "PurgeAccount" => purge_account(quiet).await,
        "SchedulePurges" => schedule_purges(quiet).await,
        _ => return None,
    })
}

/// The request works through the account. Its last step moves `next_check`.
async fn delete_account(quiet: &Quiet) -> Walked {
    let person = newcomer(quiet).await?;
    person.submit().await.when(202)?;
    let code = asks_for_deletion(&person).await?;
    let work = quiet.tables().deletion(&code).await;
    if work["next_check"] != work["purge_at"] {
        return Err("the request did not finish: `next_check` was not moved".to_owned());
    }
    Ok(())
}

async fn cancel_deletion(quiet: &Quiet) -> Walked {
    let who = somebody();
    asks_for_deletion(&Person::sign_in(quiet.base(), &who).await?).await?;
    keeps_the_account(&Person::sign_in(quiet.base(), &who).await?).await
}

async fn deletion_status(quiet: &Quiet) -> Walked {
    let code = asks_for_deletion(&newcomer(quiet).await?).await?;
    looks_at_deletion(quiet.base(), &code).await.map(drop)
}

async fn schedule_purges(quiet: &Quiet) -> Walked {
    let code = asks_for_deletion(&newcomer(quiet).await?).await?;
    quiet.tables().make_past(&code, "next_check").await;
    quiet.call("SchedulePurges", &json!({})).await?;
    match quiet.messages("PurgeQueue").await.contains(&json!({ "code": code })) {
        true => Ok(()),
        false => Err("no message for the purge was queued".to_owned()),
    }
}

/// The three runs: within the grace period, after a request that died before it canceled anything;
/// after the grace period; and a day later.
async fn purge_account(quiet: &Quiet) -> Walked {
    let person = newcomer(quiet).await?;
    let open = id(&person.submit().await.when(202)?);
    writes_to_support(&person).await?;
    quiet.leave_media(&person.account).await;
    quiet.leave_below(&format!("uploads/{}", person.account)).await;
    quiet.leave_below(&format!("pictures/{}", person.account)).await;
    let before = quiet.tables().under_way(&person.account, &open).await;
    let code = asks_for_deletion(&person).await?;
    quiet.tables().is_again_under_way(&person.account, &open, before).await;
    let visit = async || quiet.work("PurgeAccount", &json!({ "code": code })).await;
    visit().await?;
    let status = quiet.tables().stored(&person.account, &open).await.unwrap_or_default()["status"].clone();
    if status != "canceled" {
        return Err(format!("the generation under way is {status}"));
    }
    quiet.tables().make_past(&code, "purge_at").await;
    visit().await?;
    quiet.tables().make_past(&code, "verify_at").await;
    visit().await?;
    match quiet.tables().deletion(&code).await["status"].as_str() {
        Some("erased") => Ok(()),
        status => Err(format!("the deletion is {status:?} in the end")),
    }
}
