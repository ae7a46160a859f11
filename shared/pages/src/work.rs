//! `/g/{id}`: one work. The page is the same for everybody; its script reads the work, and says if it is not there.

use crate::shell::{Shell, written};
use askama::Template;
use kernel::{GenerationId, Result};

/// The folder of the pages of works.
const FOLDER: &str = "/g/";

#[derive(Template)]
#[template(path = "work.html")]
struct Page<'a> {
    shell: &'a Shell<'a>,
    return_to: &'a str,
    names: &'a [(&'a str, &'a str)],
}

/// The id in the path of a work's page. `None` for every other path.
#[must_use]
pub fn id(path: &str) -> Option<GenerationId> {
    path.strip_prefix(FOLDER)?.parse().ok()
}

/// The page. `names` has the id and the name of each model, also of those that are no longer on offer.
///
/// # Errors
/// `internal` when it cannot be written.
pub fn render(shell: &Shell<'_>, names: &[(&str, &str)]) -> Result<String> {
    written(&Page { shell, return_to: shell.path, names })
}
