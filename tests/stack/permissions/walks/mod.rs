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

/// The walk of a function.
pub async fn walk(quiet: &Quiet, function: &str) -> Walked {
    match function {
        "CancelDeletion" => privacy::cancel_deletion(quiet).await,
        "CancelGeneration" => generations::cancel_generation(quiet).await,
        "Checkout" => billing::checkout(quiet).await,
        "CollectMedia" => generations::collect_media(quiet).await,
        "DeleteAccount" => privacy::delete_account(quiet).await,
        "DeleteGeneration" => generations::delete_generation(quiet).await,
        "DeletionStatus" => privacy::deletion_status(quiet).await,
        "Generate" => generations::generate(quiet).await,
        "GetAccount" => identity::get_account(quiet).await,
        "GetCredits" => billing::get_credits(quiet).await,
        "GetGeneration" => generations::get_generation(quiet).await,
        "GetUsage" => billing::get_usage(quiet).await,
        "ListGenerations" => generations::list_generations(quiet).await,
        "Login" | "LoginCallback" => identity::login(quiet).await,
        "MakeThumbnails" => generations::make_thumbnails(quiet).await,
        "Logout" => identity::logout(quiet).await,
        "ProviderWebhook" => generations::provider_webhook(quiet).await,
        "PurgeAccount" => privacy::purge_account(quiet).await,
        "RefreshSession" => identity::refresh_session(quiet).await,
        "RunGeneration" => generations::run_generation(quiet).await,
        "SchedulePurges" => privacy::schedule_purges(quiet).await,
        "StripeWebhook" => billing::stripe_webhook(quiet).await,
        "SweepGenerations" => generations::sweep_generations(quiet).await,
        "Upload" => generations::upload(quiet).await,
        "UpdateGeneration" => generations::update_generation(quiet).await,
        _ => Err(format!("{function} has no walk: write one")),
    }
}

/// The name of a new person.
fn somebody() -> String {
    format!("canary-{}@people.example", unique())
}

/// A new person who has signed in.
async fn newcomer(quiet: &Quiet) -> Result<Person, String> {
    Person::sign_in(quiet.base(), &somebody()).await
}
