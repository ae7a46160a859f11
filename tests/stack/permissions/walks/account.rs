//! The walks of the routes for messages to support and for reports.

use super::people::{Walked, newcomer};
use crate::{
    journey::{reports, writes_to_support},
    permissions::quiet::Quiet,
    person::Person,
};

/// The walk of a function of this file; `None` for another function.
pub async fn walk(quiet: &Quiet, function: &str) -> Option<Walked> {
    Some(match function {
        "Contact" => contact(quiet).await,
        "Report" => report(quiet).await,
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
