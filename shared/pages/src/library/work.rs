//! `/g/{id}`: one work. The page is the same for everybody; its script reads the work, and says if it is not there.

use crate::shell::{Shell, written};
use askama::Template;
use generations::Catalogue;
use kernel::{GenerationId, Result};

#[derive(Template)]
#[template(path = "work.html")]
struct Page<'a> {
    shell: &'a Shell<'a>,
    return_to: &'a str,
    catalogue: &'a Catalogue,
}

/// The page of the work with this id. It names all models, also those that are no longer on offer. `None` if no work can
/// have such an id.
///
/// # Errors
/// `internal` when it cannot be written.
pub fn one(shell: &Shell<'_>, catalogue: &Catalogue, id: &str) -> Result<Option<String>> {
    match id.parse::<GenerationId>() {
        Ok(_) => written(&Page { shell, return_to: shell.path, catalogue }).map(Some),
        Err(_) => Ok(None),
    }
}
