//! IAM is enforced: with any one policy statement gone, the way no longer leads through.
//!
//! A walk that succeeds all the same would mean that the statement is not needed, or that
//! nobody looks at it.

use crate::{
    journey,
    stack::{PATIENCE, Stack, run},
    template,
};
use local::Options;
use std::{fs, time::Duration};
use tokio::time::{sleep, timeout};

/// The sign of a missing permission in a function's own log.
const DENIED: &str = "AccessDenied";

/// Starts a platform in which `function` lacks one statement, and walks until it misses it.
async fn misses(function: &str, statement: usize) {
    let changed = template::without_statement(&template::text(), function, statement);
    let file = scratch(&format!("{function}-{statement}.yaml"));
    fs::write(&file, changed).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let stack = Stack::start(Options { template: Some(file.clone()), ..Options::default() }).await;
    let walk = async {
        match journey::whole(stack.base()).await {
            Ok(_) => panic!(
                "without its statement {statement}, {function} still works: take the statement out, or let the \
                 walk pass by what needs it"
            ),
            // The job may only now be asking.
            Err(_) => denied(&stack, function).await,
        }
    };
    let found = async {
        tokio::select! {
            biased;
            () = denied(&stack, function) => {}
            () = walk => {}
        }
    };
    timeout(PATIENCE, found)
        .await
        .unwrap_or_else(|_| panic!("without its statement {statement}, {function} fails, and does not log {DENIED}"));
    stack.platform.stop().await;
    // A file that stays is overwritten by the next run.
    let _ = fs::remove_file(file);
}

async fn denied(stack: &Stack, function: &str) {
    let physical = &stack.platform.resource(function).expect("the template has the function").id;
    loop {
        let lines = stack.platform.logs(function).await.unwrap_or_else(|error| panic!("{error}"));
        // What is missing at the cold start is said before there is a log group for it.
        let cold_starts = fs::read_to_string(stack.platform.cloud_log()).unwrap_or_default();
        let mut at_cold_start = cold_starts.lines().filter(|line| line.contains(physical));
        if lines.iter().any(|line| line.contains(DENIED)) || at_cold_start.any(|line| line.contains(DENIED)) {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

fn scratch(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Each statement of a function in turn.
fn every_statement_is_needed(function: &str) {
    run(async {
        for statement in 0..template::statements(&template::text(), function).len() {
            misses(function, statement).await;
        }
    });
}

#[test]
fn generate_needs_each_of_its_permissions() {
    every_statement_is_needed("Generate");
}

#[test]
fn collect_media_needs_each_of_its_permissions() {
    every_statement_is_needed("CollectMedia");
}

#[test]
fn get_credits_needs_each_of_its_permissions() {
    every_statement_is_needed("GetCredits");
}
