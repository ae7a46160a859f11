//! `/library`: the works of a person. The page is the same for everybody; its script reads the works.

pub mod work;

use crate::shell::{Shell, written};
use askama::Template;
use generations::Catalogue;
use kernel::Result;

#[derive(Template)]
#[template(path = "library.html")]
struct Page<'a> {
    shell: &'a Shell<'a>,
    return_to: &'static str,
    catalogue: &'a Catalogue,
}

/// The page. It names all models, also those that are no longer on offer.
///
/// # Errors
/// `internal` when it cannot be written.
pub fn render(shell: &Shell<'_>, catalogue: &Catalogue) -> Result<String> {
    written(&Page { shell, return_to: "/library", catalogue })
}
