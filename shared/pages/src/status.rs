//! `/status`: what works now, by script from `GET /v1/status`.

use crate::shell::{Shell, written};
use askama::Template;
use generations::{Catalogue, Model};
use kernel::{Result, Timestamp};

#[derive(Template)]
#[template(path = "status.html")]
struct Status<'a> {
    shell: &'a Shell<'a>,
    models: Vec<&'a Model>,
}

/// The page.
///
/// # Errors
/// `internal` when the page cannot be written.
pub fn render(shell: &Shell<'_>, catalogue: &Catalogue, now: Timestamp) -> Result<String> {
    written(&Status { shell, models: catalogue.on_offer(now).collect() })
}
