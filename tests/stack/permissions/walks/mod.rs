//! A walk for each function: it comes by everything that the function's role allows, and
//! fails as soon as something does not work. What a walk needs from other functions, they
//! do with whole roles.

mod billing;
mod generations;
mod identity;
mod privacy;

use super::quiet::Quiet;
use crate::person::{Person, unique};

/// How a walk ended: how it failed, for a person to read.
pub type Walked = Result<(), String>;

/// The walk of a function. Each file of this folder lists its own.
pub async fn walk(quiet: &Quiet, function: &str) -> Walked {
    if let Some(walked) = billing::walk(quiet, function).await {
        return walked;
    }
    if let Some(walked) = generations::walk(quiet, function).await {
        return walked;
    }
    if let Some(walked) = identity::walk(quiet, function).await {
        return walked;
    }
    if let Some(walked) = privacy::walk(quiet, function).await {
        return walked;
    }
    Err(format!("{function} has no walk: write one"))
}

/// Somebody who was never here.
fn somebody() -> String {
    format!("canary-{}@people.example", unique())
}

/// Somebody who has signed in.
async fn newcomer(quiet: &Quiet) -> Result<Person, String> {
    Person::sign_in(quiet.base(), &somebody()).await
}
