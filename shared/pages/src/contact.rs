//! `/contact`, `/report` and `/withdraw`: the pages on which people write to us, without script.

use crate::shell::{Shell, written};
use askama::Template;
use kernel::Result;
use register::operator::Operator;

/// The kinds of messages: the value in the form, and the words.
const KINDS: [(&str, &str); 4] = [
    ("support", "I need help"),
    ("complaint", "I have a complaint"),
    ("appeal", "I appeal against a decision about my account or my work"),
    ("objection", "I object to how you use my data"),
];

#[derive(Template)]
#[template(path = "contact.html")]
struct Contact<'a> {
    shell: &'a Shell<'a>,
    kinds: [(&'static str, &'static str); 4],
    /// The kind that is chosen. The first one if it is empty.
    kind: &'a str,
    address: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Report<'a> {
    shell: &'a Shell<'a>,
}

#[derive(Template)]
#[template(path = "withdraw.html")]
struct Withdraw<'a> {
    shell: &'a Shell<'a>,
    address: Option<&'a str>,
}

/// The page of the form for messages. A link may choose its kind, such as `appeal`.
///
/// # Errors
/// `internal` when the page cannot be written.
pub fn render(shell: &Shell<'_>, kind: Option<&str>, operator: &Operator) -> Result<String> {
    let is_usual = |kind: &&str| *kind != KINDS[0].0;
    let kind = kind.filter(is_usual).unwrap_or_default();
    written(&Contact { shell, kinds: KINDS, kind, address: address(operator) })
}

/// The page of the form for reports of works.
///
/// # Errors
/// `internal` when the page cannot be written.
pub fn report(shell: &Shell<'_>) -> Result<String> {
    written(&Report { shell })
}

/// The page that says how to withdraw from a purchase.
///
/// # Errors
/// `internal` when the page cannot be written.
pub fn withdraw(shell: &Shell<'_>, operator: &Operator) -> Result<String> {
    written(&Withdraw { shell, address: address(operator) })
}

/// The address of support, if the operator has stated one.
fn address(operator: &Operator) -> Option<&str> {
    Some(operator.support_address.as_str()).filter(|address| !address.is_empty())
}
