//! `/library` and `/g/{id}`: the works of a person. The pages are the same for everybody. Their scripts read the works, and
//! say if there are none.

use crate::shell::{Shell, written};
use askama::Template;
use generations::Catalogue;
use kernel::{GenerationId, Result};

#[derive(Template)]
#[template(path = "library.html")]
struct Library<'a> {
    shell: &'a Shell<'a>,
    return_to: &'a str,
    catalogue: &'a Catalogue,
}

#[derive(Template)]
#[template(path = "work.html")]
struct Work<'a> {
    shell: &'a Shell<'a>,
    return_to: &'a str,
    catalogue: &'a Catalogue,
}

/// The library. It names all models, also those that are no longer on offer.
///
/// # Errors
/// `internal` when it cannot be written.
pub fn library(shell: &Shell<'_>, catalogue: &Catalogue) -> Result<String> {
    written(&Library { shell, return_to: shell.path, catalogue })
}

/// The page of the work with this id. `None` if no work can have such an id.
///
/// # Errors
/// `internal` when it cannot be written.
pub fn one(shell: &Shell<'_>, catalogue: &Catalogue, id: &str) -> Result<Option<String>> {
    match id.parse::<GenerationId>() {
        Ok(_) => written(&Work { shell, return_to: shell.path, catalogue }).map(Some),
        Err(_) => Ok(None),
    }
}
