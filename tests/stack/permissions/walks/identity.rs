//! Signing in, renewing the session and signing out.

use super::people::{Walked, newcomer, somebody};
use crate::{journey, permissions::quiet::Quiet, person::Person};

/// The walk of a function of this file; `None` for another function.
pub async fn walk(quiet: &Quiet, function: &str) -> Option<Walked> {
    Some(match function {
        "GetAccount" => get_account(quiet).await,
        "ListSessions" => list_sessions(quiet).await,
        "Login" | "LoginCallback" => login(quiet).await,
        "Logout" => logout(quiet).await,
        "RefreshSession" => refresh_session(quiet).await,
        _ => return None,
    })
}

/// The first sign-in makes the account, the second one finds it.
async fn login(quiet: &Quiet) -> Walked {
    let who = somebody();
    Person::sign_in(quiet.base(), &who).await?;
    Person::sign_in(quiet.base(), &who).await.map(drop)
}

async fn get_account(quiet: &Quiet) -> Walked {
    newcomer(quiet).await?.get("/v1/account").await.when(200).map(drop)
}

/// The session is looked up, and the list is one query.
async fn list_sessions(quiet: &Quiet) -> Walked {
    let list = newcomer(quiet).await?.get("/v1/sessions").await.when(200)?;
    match list["items"][0]["current"].as_bool() {
        Some(true) => Ok(()),
        _ => Err(format!("the session is not in its own list: {list}")),
    }
}

async fn refresh_session(quiet: &Quiet) -> Walked {
    journey::refresh(&mut newcomer(quiet).await?).await
}

async fn logout(quiet: &Quiet) -> Walked {
    journey::signs_out(&newcomer(quiet).await?).await
}
