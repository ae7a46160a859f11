//! The site in a real browser: Chromium, the deployed template, and partners on another site than ours.
//!
//! Each test plays one script of this folder. All share one [`LocalPlatform`]. A test that moves the clock, or turns
//! knobs that others need as they are, runs alone. Where Chromium is missing, every test passes with one loud line, except in CI: see [`play`].
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

#[test]
fn a_newcomer_has_a_first_picture_in_the_window_on_a_desktop_and_on_a_phone() {
    play::together("first_picture");
}

#[test]
fn downloads_and_pictures_work_when_their_links_are_old() {
    play::alone("old_links", async |_| {});
}

#[test]
fn a_press_after_an_unknown_outcome_pays_once() {
    play::together("unknown_outcome");
}

#[test]
fn the_page_counts_characters_as_the_service_does_and_takes_invisible_ones_for_none() {
    play::together("words");
}

#[test]
fn nothing_of_one_person_is_shown_to_the_next_and_no_tab_acts_for_another() {
    play::together("two_people");
}

#[test]
fn a_failed_read_and_a_lost_connection_end_nothing() {
    play::together("offline");
}

#[test]
fn without_script_everything_works_but_creating() {
    play::together("no_script");
}

#[test]
fn with_all_storage_blocked_public_pages_work_and_the_others_say_why_not() {
    play::together("no_storage");
}

#[test]
fn works_are_starred_named_found_saved_as_one_zip_and_brought_back() {
    play::together("library");
}

#[test]
fn the_advertising_network_hears_nothing_without_consent() {
    play::together("consent");
}

#[test]
fn the_keyboard_alone_is_enough_and_the_focus_is_always_seen() {
    play::together("keyboard");
}

#[test]
fn a_change_of_the_policy_is_shown_and_recorded_once() {
    play::together("policy_change");
}

#[test]
fn pictures_that_cannot_be_used_are_refused_with_the_reason_before_they_are_sent() {
    play::together("pictures");
}

#[test]
fn the_return_from_the_shop_claims_a_payment_only_when_it_has_arrived() {
    play::together("shop");
}

#[test]
fn a_canceled_picture_gives_its_credits_back_and_keeps_the_focus() {
    play::alone("cancel_generation", async |_| {});
}

#[test]
fn a_person_deletes_the_account_keeps_it_and_deletes_it_until_the_receipt() {
    play::alone("erasure", async |_| {});
}

#[test]
fn axe_finds_nothing_in_the_public_pages() {
    play::together("states_public");
}

#[test]
fn axe_finds_nothing_in_the_texts() {
    play::together("states_documents");
}

#[test]
fn the_composer_says_before_the_press_why_it_cannot_create() {
    play::together("states_create");
}

#[test]
fn each_state_of_a_job_has_its_words() {
    play::together("states_jobs");
}

#[test]
fn the_library_and_the_page_of_a_work_have_all_their_states() {
    play::together("states_library");
}

#[test]
fn a_person_changes_the_account_and_reads_the_credits_in_all_their_states() {
    play::together("states_account");
}

#[test]
fn pages_stay_within_their_weight_stand_still_and_the_library_is_one_tab_stop() {
    play::together("measure");
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
