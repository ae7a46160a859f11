//! Signing in, renewing the session and signing out.

use super::{Walked, newcomer, somebody};
use crate::{journey, permissions::quiet::Quiet, person::Person};

/// The first sign-in makes the account, the second one finds it.
pub async fn login(quiet: &Quiet) -> Walked {
    let who = somebody();
    Person::sign_in(quiet.base(), &who).await?;
    Person::sign_in(quiet.base(), &who).await.map(drop)
}

pub async fn get_account(quiet: &Quiet) -> Walked {
    newcomer(quiet).await?.get("/v1/account").await.when(200).map(drop)
}

pub async fn refresh_session(quiet: &Quiet) -> Walked {
    journey::refresh(&mut newcomer(quiet).await?).await
}

pub async fn logout(quiet: &Quiet) -> Walked {
    journey::signs_out(&newcomer(quiet).await?).await
}
