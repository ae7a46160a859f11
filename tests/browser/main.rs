//! The sign-in in a real browser: Chromium, the deployed template, and partners on another site than ours.
//!
//! Each test plays one script of this folder. All share one [`LocalPlatform`]. A test that moves the clock runs
//! alone. Where Chromium is missing, every test passes with one loud line, except in CI: see [`play`].
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, which fail a test by panicking"
)]

mod play;

use local::LocalPlatform;
use std::{collections::BTreeSet, fs, path::Path, time::Duration};
use tokio::time::{Instant, sleep};

/// The longest time between an answer and its log line.
const LOG_PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_person_signs_in_with_google_and_out_again() {
    play::together("google_sign_in");
}

#[test]
fn apple_posts_its_answer_from_another_site_and_the_person_is_signed_in() {
    play::together("apple_sign_in");
}

#[test]
fn the_sign_in_with_apple_fails_only_if_its_cookie_stays_within_our_site() {
    play::together("apple_lax_cookie");
}

#[test]
fn people_sign_in_with_facebook_with_and_without_an_address() {
    play::together("facebook_sign_in");
}

#[test]
fn a_person_who_leaves_a_partner_reads_a_calm_sentence_and_can_start_again() {
    play::together("cancel");
}

#[test]
fn two_tabs_that_renew_the_session_at_once_stay_signed_in() {
    play::together("two_tabs");
}

#[test]
fn a_stolen_refresh_token_ends_the_session_and_rings() {
    play::alone("stolen_token", async |platform| {
        let begun = Instant::now();
        // The metric of the alarm. A log line may come a little later than the answer.
        while !has_logged(platform, "RefreshSession", "RefreshTokenReuses").await {
            assert!(begun.elapsed() < LOG_PATIENCE, "RefreshSession has not published RefreshTokenReuses");
            sleep(Duration::from_millis(50)).await;
        }
    });
}

#[test]
fn a_linked_identity_at_apple_leads_to_the_same_account_until_it_is_removed() {
    play::together("link_apple");
}

#[test]
fn a_linked_identity_at_facebook_leads_to_the_same_account_until_it_is_removed() {
    play::together("link_facebook");
}

async fn has_logged(platform: &LocalPlatform, function: &str, text: &str) -> bool {
    let lines = platform.logs(function).await.unwrap_or_else(|error| panic!("{error}"));
    lines.iter().any(|line| line.contains(text))
}

/// A scenario that no test plays would prove nothing.
#[test]
fn every_scenario_is_played() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let entries = fs::read_dir(&folder).expect("the folder of the scenarios is readable");
    let scripts = entries.map(|entry| entry.expect("an entry is readable").path()).filter(|path| is_scenario(path));
    let names = scripts.filter_map(|path| path.file_stem()?.to_str().map(str::to_owned));
    let unplayed: BTreeSet<String> =
        names.filter(|name| !include_str!("main.rs").contains(&format!("(\"{name}\""))).collect();
    assert!(unplayed.is_empty(), "no test of tests/browser/main.rs plays {unplayed:?}: write one for each");
}

/// Whether a file is a script that plays a scenario, and no module of such scripts.
fn is_scenario(path: &Path) -> bool {
    let is_script = path.extension().is_some_and(|extension| extension == "py");
    is_script && fs::read_to_string(path).expect("a script is readable").contains("\nrun(scenario)\n")
}
