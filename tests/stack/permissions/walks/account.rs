//! The walks of the profile, of the list of sign-ins, and of the routes for messages to support and for reports.

use super::people::{Walked, newcomer};
use crate::{
    journey::{introduces, reports, writes_to_support},
    permissions::quiet::Quiet,
    person::{Person, unique},
};

/// The walk of a function of this file; `None` for another function.
pub async fn walk(quiet: &Quiet, function: &str) -> Option<Walked> {
    Some(match function {
        "Contact" => contact(quiet).await,
        "GetAccount" => get_account(quiet).await,
        "ListSignIns" => list_sign_ins(quiet).await,
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

async fn get_account(quiet: &Quiet) -> Walked {
    newcomer(quiet).await?.get("/v1/account").await.when(200).map(drop)
}

/// The session and the account are read, and the profile is written.
async fn update_account(quiet: &Quiet) -> Walked {
    introduces(&newcomer(quiet).await?, &format!("Canary-Name-{}-", unique())).await
}
