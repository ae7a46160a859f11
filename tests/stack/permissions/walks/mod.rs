//! A walk for each function: it uses every permission of the function's role, and fails at the first
//! step that does not work. Other functions that it needs run with complete roles.

mod billing;
mod generations;
mod identity;
mod privacy;

use super::quiet::Quiet;
use crate::person::{Person, unique};

/// The result of a walk. The error is for people to read.
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

/// The name of a new person.
fn somebody() -> String {
    format!("canary-{}@people.example", unique())
}

/// A new person who has signed in.
async fn newcomer(quiet: &Quiet) -> Result<Person, String> {
    Person::sign_in(quiet.base(), &somebody()).await
}
