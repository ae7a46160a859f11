//! `/g/{id}`: one work. The page is the same for everybody; its script reads the work, and says if it is not there.

use crate::shell::{Shell, written};
use askama::Template;
use generations::Catalogue;
use kernel::{GenerationId, Result};

/// The folder of the pages of works.
const FOLDER: &str = "/g/";

#[derive(Template)]
#[template(path = "work.html")]
struct Page<'a> {
    shell: &'a Shell<'a>,
    return_to: &'a str,
    catalogue: &'a Catalogue,
}

/// The id in the path of a work's page. `None` for every other path.
#[must_use]
pub fn id(path: &str) -> Option<GenerationId> {
    path.strip_prefix(FOLDER)?.parse().ok()
}

/// The page. It names all models, also those that are no longer on offer.
///
/// # Errors
/// `internal` when it cannot be written.
pub fn render(shell: &Shell<'_>, catalogue: &Catalogue) -> Result<String> {
    written(&Page { shell, return_to: shell.path, catalogue })
}
