//! `/library`: the works of a person. The page is the same for everybody; its script reads the works.

use crate::shell::{Shell, written};
use askama::Template;
use kernel::Result;

#[derive(Template)]
#[template(path = "library.html")]
struct Page<'a> {
    shell: &'a Shell<'a>,
    return_to: &'static str,
    names: &'a [(&'a str, &'a str)],
}

/// The page. `names` has the id and the name of each model, also of those that are no longer on offer.
///
/// # Errors
/// `internal` when it cannot be written.
pub fn render(shell: &Shell<'_>, names: &[(&str, &str)]) -> Result<String> {
    written(&Page { shell, return_to: "/library", names })
}
