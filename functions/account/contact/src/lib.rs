//! `POST /v1/contact`: somebody writes to support (P02, P10).
//!
//! A person who is signed in need not give an address if the profile has one that its partner has verified.
//! Ten messages may come in an hour from one account, or from one network of people who are not signed in.

use cases::{CaseKind, CaseText, CaseView, NewCase, ReplyAddress, RequestKey};
use contract::Route;
use intake::{CaseBody, Intake};
use kernel::{Error, Result};
use runtime::{
    Ctx, Init,
    http::{FormField, Request, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use transient::CONTACTS;

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps(Intake);

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        Intake::new(init, CONTACTS).await.map(Self)
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "Without an `Idempotency-Key`, a message with the same fields within 24 hours is the same message. \
                 Only a new one counts towards the limit. Empty fields of a form count as left out. A browser that \
                 sends a form (`Accept` names `text/html`) gets a page, also instead of a problem: with the same \
                 status and headers.";
    Route::post("/v1/contact", "Write to support")
        .about(about)
        .optional_token()
        .takes_key()
        .reads_form::<Body>()
        .answers::<CaseView<'_>>(201, "a case; or a page, if a browser sends a form")
        .or_page()
        .limited(CONTACTS)
}

/// Stores one case: 201. A browser that sends a form gets a page with the case number.
///
/// # Errors
/// As for [`Intake::take`].
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    deps.0.take::<Body>(&ctx, &request).await
}

/// A message to support.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ContactMessage")]
struct Body {
    /// `appeal`: against a decision, such as a freeze. `objection`: Art. 21 GDPR; send it signed in, so that
    /// it can take effect on the account.
    #[schemars(extend("enum" = ["support", "appeal", "objection", "complaint"]))]
    kind: String,
    /// The message, as plain text: 1 to 4,000 Unicode scalar values, one of them visible. White space at both ends is
    /// removed after they are counted.
    #[schemars(with = "CaseText")]
    text: String,
    /// The mail address to answer to. Signed in, it may be left out if the profile has an address that its partner
    /// has verified: the answer goes there.
    #[schemars(with = "Option<ReplyAddress>")]
    reply_to: Option<String>,
    /// For a form, which cannot send a header: the `Idempotency-Key`. The header goes first.
    #[schemars(with = "Option<RequestKey>")]
    id: Option<String>,
    /// Leave it out, or empty. Programs that fill in every field fill it too, and are refused.
    #[schemars(length(max = 0))]
    website: Option<String>,
}

impl CaseBody for Body {
    const FORM: &'static [FormField] = &[
        FormField { name: "kind", label: "What is it about?", ask: "Choose what it is about." },
        FormField { name: "text", label: "Your message", ask: "Fill in: your message." },
        FormField { name: "reply_to", label: "Your mail address", ask: "Fill in: your mail address." },
        FormField {
            name: "website",
            label: "Leave this empty",
            ask: "The form has a field for programs: leave it empty.",
        },
    ];

    fn key(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn website(&self) -> Option<&str> {
        self.website.as_deref()
    }

    fn parse(&self) -> Result<NewCase> {
        let kind = match self.kind.as_str() {
            "support" => CaseKind::Support,
            "appeal" => CaseKind::Appeal,
            "objection" => CaseKind::Objection,
            "complaint" => CaseKind::Complaint,
            _ => return Err(Error::invalid("kind", "Send support, appeal, objection or complaint as kind.")),
        };
        Ok(NewCase {
            kind,
            text: CaseText::parse("text", &self.text)?,
            reply_to: self.reply_to.as_deref().map(ReplyAddress::parse).transpose()?,
            subject: None,
        })
    }
}
