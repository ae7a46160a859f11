//! A walk for each function: it uses every permission of the function's role, and fails at the first
//! step that does not work. Other functions that it needs run with complete roles.

mod account;
mod billing;
mod generations;
mod identity;
mod people;
mod privacy;
mod site;

use super::quiet::Quiet;
pub use people::Walked;

/// The walk of a function. Each file of this folder lists its own.
pub async fn walk(quiet: &Quiet, function: &str) -> Walked {
    if let Some(walked) = account::walk(quiet, function).await {
        return walked;
    }
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
    if let Some(walked) = site::walk(quiet, function).await {
        return walked;
    }
    Err(format!("{function} has no walk: write one"))
}
