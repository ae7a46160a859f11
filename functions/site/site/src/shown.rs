//! The pages by their paths.

use crate::deps::Deps;
use jiff::{civil::Date, tz::TimeZone};
use kernel::Result;
use pages::{Notice, Shell, Tag};
use register::documents::{Document, announced, current};
use runtime::{
    Ctx,
    http::{Request, Response},
};
use session::cookie;

/// The pages on which the tag may be loaded, after consent.
const WITH_TAG: [&str; 2] = ["/", "/plans"];

/// Where the progress of a deletion is answered, and the path that people keep.
const DELETIONS: (&str, &str) = ("/deletions/", "/v1/deletions/");

/// The page at the path of a request, if there is one.
///
/// # Errors
/// `internal` when it cannot be written.
pub(crate) fn find(deps: &Deps, ctx: &Ctx, request: &Request) -> Result<Option<Response>> {
    let path = request.raw_path();
    if let Some(code) = path.strip_prefix(DELETIONS.0).filter(|code| is_code(code)) {
        return Ok(Some(Response::redirect(&format!("{}{code}", DELETIONS.1))));
    }
    let today = TimeZone::UTC.to_datetime(ctx.now).date();
    let on = announced(Document::Policy, today).map(|version| pages::day(version.effective_on)).unwrap_or_default();
    let gpc = request.has_gpc();
    let tag = deps.tag.as_ref().filter(|_| !gpc && WITH_TAG.contains(&path)).map(|tag| Tag { url: tag.url() });
    let shell = Shell {
        signed_in: cookie::read(request.cookies(), cookie::REFRESH).is_some(),
        path,
        notice: announced(Document::Policy, today).map(|version| Notice {
            version: version.id,
            on: &on,
            ahead: version.effective_on > today,
        }),
        gpc,
        tag,
        policy: current(Document::Policy, today).id,
        terms: current(Document::Terms, today).id,
        minimum_age: deps.minimum_age,
    };
    let Some(page) = page(deps, ctx, request, &shell, today)? else { return Ok(None) };
    let policy = if tag.is_some() { &deps.policy_with_tag } else { &deps.policy };
    let answer = Response::empty(200).with("text/html; charset=utf-8", page).header("content-security-policy", policy);
    // A page that is kept could call routes that a newer version no longer has, so browsers ask each time.
    Ok(Some(answer.header("cache-control", "private, no-cache").header("vary", "cookie, sec-gpc")))
}

/// The text of a page. `None` if no page has this path.
fn page(deps: &Deps, ctx: &Ctx, request: &Request, shell: &Shell<'_>, today: Date) -> Result<Option<String>> {
    let document = |document, id| pages::document::render(shell, document, id, &deps.operator, today);
    let written = match shell.path {
        "/" => pages::home::render(shell, &deps.catalogue, &deps.plans, ctx.now),
        "/create" => pages::create::render(shell, &deps.catalogue, &deps.paused, ctx.now),
        "/sign-in" => pages::sign_in::render(shell, request.query("return_to").unwrap_or("/")),
        "/account" => pages::account::render(shell, &deps.catalogue, ctx.now),
        "/plans" => pages::plans::render(shell, &deps.catalogue, &deps.plans, ctx.now),
        "/billing" => pages::billing::render(shell, &deps.catalogue),
        "/library" => pages::works::library(shell, &deps.catalogue),
        "/models" => pages::models::render(shell, &deps.catalogue, &deps.paused, ctx.now),
        "/status" => pages::status::render(shell, &deps.catalogue, ctx.now),
        "/contact" => pages::contact::render(shell, request.query("kind"), &deps.operator),
        "/report" => pages::contact::report(shell),
        "/withdraw" => pages::contact::withdraw(shell, &deps.operator),
        "/vendors" => pages::privacy::vendors(shell, &deps.training),
        "/processing" => pages::privacy::processing(shell),
        "/cookies" => pages::privacy::cookies(shell, deps.tag.is_some()),
        path => {
            if let Some(found) = Document::ALL.into_iter().find(|document| document.path() == path) {
                return document(found, None);
            }
            return match path.rsplit_once('/') {
                Some(("/models", id)) => pages::models::one(shell, &deps.catalogue, &deps.paused, ctx.now, id),
                Some(("/g", id)) => pages::works::one(shell, &deps.catalogue, id),
                Some((folder, id)) => match Document::ALL.into_iter().find(|document| document.path() == folder) {
                    Some(found) => document(found, Some(id)),
                    None => Ok(None),
                },
                None => Ok(None),
            };
        }
    };
    written.map(Some)
}

/// Whether a text may be the code of a deletion.
fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
