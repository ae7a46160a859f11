//! `/account`: the profile, the ways to sign in, the devices, the preferences, the consents and the deletion of a
//! person. The page is the same for everybody; its script reads the rest. The effects of a deletion, and their dates,
//! are said before it.

use crate::shell::{Shell, written};
use askama::Template;
use generations::{Catalogue, Model};
use kernel::{Result, Timestamp, limits};
use register::retention::{Retention, retention};
use std::time::Duration;

/// The data that is kept after a deletion, by their keys in the register.
const KEPT: [&str; 1] = ["welcome"];

/// The numbers that the page names.
struct Limits {
    /// The most characters of a name.
    name: usize,
    /// The minutes after a sign-in in which the ways to sign in can be changed.
    recent: u64,
    /// The days that a sign-in is on record.
    log: u64,
    /// The days in which a deletion can be taken back.
    grace: u64,
    /// The days after which everything is gone, backups included.
    due: u64,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Page<'a> {
    shell: &'a Shell<'a>,
    return_to: &'static str,
    models: Vec<&'a Model>,
    limits: Limits,
    kept: Vec<&'static Retention>,
}

/// The page.
///
/// # Errors
/// `internal` when it cannot be written.
pub fn render(shell: &Shell<'_>, catalogue: &Catalogue, now: Timestamp) -> Result<String> {
    let limits = Limits {
        name: limits::NAME_CHARS,
        recent: limits::RECENT_SIGN_IN.as_secs() / 60,
        log: days(limits::SIGN_IN_LOG_LIFETIME),
        grace: days(limits::DELETION_GRACE),
        due: days(limits::DELETION_DUE),
    };
    let kept = KEPT.into_iter().filter_map(retention).collect();
    written(&Page { shell, return_to: "/account", models: catalogue.on_offer(now).collect(), limits, kept })
}

/// A period in whole days.
fn days(period: Duration) -> u64 {
    period.as_secs() / (24 * 60 * 60)
}
