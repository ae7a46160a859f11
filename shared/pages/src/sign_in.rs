//! `/sign-in`: the ways to sign in, and then back to the page that the person came from.

use crate::shell::{Shell, written};
use askama::Template;
use kernel::{Result, limits::WELCOME_CREDITS};

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignIn<'a> {
    shell: &'a Shell<'a>,
    return_to: &'a str,
    welcome: u64,
}

/// The page. `return_to` is the page of ours to which the browser comes back; `login` takes no other site.
///
/// # Errors
/// `internal` when the page cannot be written.
pub fn render(shell: &Shell<'_>, return_to: &str) -> Result<String> {
    written(&SignIn { shell, return_to, welcome: WELCOME_CREDITS.0 })
}
