//! `/billing`: the credits of a person, the statement and the use. The page is the same for everybody; its script reads
//! the rest.

use crate::shell::{Shell, written};
use askama::Template;
use generations::Catalogue;
use kernel::{Result, limits::USAGE_MONTHS};

/// The sources of credits and the kinds of an entry of the statement, in words.
const WORDS: [(&str, &str); 22] = [
    ("welcome", "Welcome credits"),
    ("pack", "Bought credits"),
    ("subscription", "Credits of your plan"),
    ("promotion", "A gift"),
    ("compensation", "To make good for a fault of ours"),
    ("hold", "Held for a work"),
    ("settle", "Paid for a work"),
    ("release", "Given back: nothing was made"),
    ("expire", "Expired"),
    ("refund", "Taken back: the payment was refunded"),
    ("dispute", "Taken back: your bank returned the payment"),
    ("correction", "Corrected"),
    ("freeze", "Account frozen"),
    ("thaw", "Account active again"),
    ("freeze_lot", "Credits frozen"),
    ("thaw_lot", "Credits can be spent again"),
    ("end_sessions", "All devices signed out"),
    ("open", "Account opened"),
    ("close", "Deletion of the account asked for"),
    ("reopen", "Deletion of the account taken back"),
    ("grant", "Credits added"),
    ("clawback", "Taken back"),
];

#[derive(Template)]
#[template(path = "billing.html")]
struct Page<'a> {
    shell: &'a Shell<'a>,
    return_to: &'static str,
    catalogue: &'a Catalogue,
    months: usize,
    words: &'static [(&'static str, &'static str)],
}

/// The page. It names all models, also those that are no longer on offer, because a statement goes back further.
///
/// # Errors
/// `internal` when it cannot be written.
pub fn render(shell: &Shell<'_>, catalogue: &Catalogue) -> Result<String> {
    written(&Page { shell, return_to: "/billing", catalogue, months: USAGE_MONTHS, words: &WORDS })
}
