//! `POST /v1/contact`: somebody writes to support (P02, P10).
//!
//! Takes JSON and forms, because a form must work without script. A person who is signed in need not
//! give an address: the profile has one. The same message within a day is one case. No mail is sent.

use accounts::AccountStore;
use cases::{CaseKind, CaseStore, CaseText, CaseView, NewCase, Receive, ReplyAddress, RequestKey};
use kernel::{Error, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use serde::Deserialize;
use session::Verifier;
use std::sync::Arc;

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    receive: Receive,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            verifier: init.verifier()?,
            receive: Receive {
                cases: CaseStore::new(init.table("CASES_TABLE")?),
                accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
            },
        })
    }
}

/// Stores one case: 201. A browser that sends a form gets a page with the case number.
///
/// # Errors
/// The errors of a wrong body, `invalid`, `idempotency_key_required` (a key of another form),
/// `unauthenticated` (a token that is not valid, or whose session has ended), `cross_origin`,
/// `idempotency_key_reused`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    // Parse.
    let body: Body = request.json_or_form()?;
    let key = request.header("idempotency-key").or(body.id.as_deref()).map(RequestKey::parse).transpose()?;
    let message = body.parse()?;
    // Authorise.
    let caller = match request.optional_caller(&deps.verifier, ctx.now)? {
        Some(caller) => Some(deps.receive.accounts.require_fresh(&caller, ctx.now).await?),
        None => None,
    };
    // Limit: each message is a write, so a limit by address and account belongs here.
    // Load, decide, store.
    let case = deps.receive.receive(&message, key.as_ref(), caller.as_ref(), &ctx.ids, ctx.now).await?;
    // Answer.
    Ok(match request.is_form() && request.wants_page() {
        true => Response::empty(201).with("text/html; charset=utf-8", case.thanks_page()),
        false => Response::json(201, &CaseView::new(&case)),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    kind: String,
    text: String,
    reply_to: Option<String>,
    /// The Idempotency-Key of a form, which cannot send a header.
    id: Option<String>,
    /// A field that people do not see. Programs that fill every field fill it too.
    website: Option<String>,
}

impl Body {
    fn parse(&self) -> Result<NewCase> {
        if self.website.as_ref().is_some_and(|website| !website.is_empty()) {
            return Err(Error::invalid("website", "Leave the field website empty."));
        }
        let kind = match self.kind.as_str() {
            "support" => CaseKind::Support,
            "appeal" => CaseKind::Appeal,
            "objection" => CaseKind::Objection,
            "complaint" => CaseKind::Complaint,
            _ => return Err(Error::invalid("kind", "kind is support, appeal, objection or complaint.")),
        };
        Ok(NewCase {
            kind,
            text: CaseText::parse("text", &self.text)?,
            reply_to: self.reply_to.as_deref().map(ReplyAddress::parse).transpose()?,
            subject: None,
        })
    }
}
