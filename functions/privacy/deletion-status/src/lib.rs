//! `GET /v1/deletions/{code}`: the progress of a deletion, and at its end the signed receipt
//! (P15). The code is the only credential, because the user cannot sign in after the erasure. The
//! answer has no personal data.
//!
//! The code may also be of a partner's request that deletes no account: the answer says what became of it. A browser
//! gets a page that says the same in words.

use contract::Route;
use kernel::{Error, Result};
use privacy::{DeletionCode, DeletionRecord, DeletionRecordView, DeletionStore};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use std::sync::Arc;

/// The page for a code that finds nothing.
const NOT_FOUND: &str = "There is no such deletion";
const UNKNOWN_CODE: &str = "<p>Check the address: the whole code must be in it.</p>\n\
                            <p><a href=\"/contact\">Write to us</a> if it is right.</p>";

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    deletions: DeletionStore,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self { deletions: DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?) })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "The code is the only credential: after the erasure nobody can sign in. The answer has no personal data. \
                 A browser (`Accept` names `text/html`) gets a page that says the same in words.";
    Route::get("/v1/deletions/{code}", "Read the state of a deletion")
        .about(about)
        .path::<DeletionCode>("code", "The code that the request for the deletion was answered with.")
        .answers::<DeletionRecordView<'_>>(
            200,
            "the state of a deletion, and at the end its signed receipt; or the answer to a partner's request that \
             deletes no account",
        )
        .answers_text(200, "the same in words", "text/html")
        .explains_in_pages()
}

/// Answers what the code finds, as a page for a browser.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let is_page = request.wants_page();
    let answer = match read(&deps, &ctx, &request).await {
        Ok(record) if is_page => {
            let (heading, content) = record.words();
            Response::page(200, heading, &content)
        }
        Ok(record) => Response::json(200, &DeletionRecordView::new(&record)?),
        Err(error @ Error::NotFound) if is_page => Response::page(404, NOT_FOUND, UNKNOWN_CODE).because(&error),
        Err(error) => return Err(error),
    };
    Ok(answer.header("vary", "accept"))
}

async fn read(deps: &Deps, ctx: &Ctx, request: &Request) -> Result<DeletionRecord> {
    let code = request.path("code")?.parse()?;
    deps.deletions.get(&code, ctx.now).await
}
