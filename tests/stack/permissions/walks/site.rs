//! The pages, and the status of the service.

use super::people::Walked;
use crate::{permissions::quiet::Quiet, person::Person};

/// The walk of a function of this file; `None` for another function.
pub async fn walk(quiet: &Quiet, function: &str) -> Option<Walked> {
    Some(match function {
        "ServiceStatus" => service_status(quiet).await,
        _ => return None,
    })
}

/// A stranger reads which models take new generations.
async fn service_status(quiet: &Quiet) -> Walked {
    let status = Person::stranger(quiet.base()).get("/v1/status").await.when(200)?;
    match status["models"].as_array().is_some_and(|models| !models.is_empty()) {
        true => Ok(()),
        false => Err(format!("no model is on offer: {status}")),
    }
}
