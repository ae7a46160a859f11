//! `POST /v1/reports`: somebody reports unlawful content, or a picture of a real person (P02).
//!
//! Nobody needs an account or an address for it (Art. 16 DSA). Twenty reports may come in an hour from
//! one account, or from one network of people who are not signed in.

use cases::{CaseKind, CaseText, CaseView, NewCase, ReplyAddress, ReportSubject, RequestKey};
use contract::Route;
use intake::{CaseBody, Intake};
use kernel::{Error, Result};
use runtime::{
    Ctx, Init,
    http::{FormField, Request, Response},
};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;
use std::sync::Arc;
use transient::REPORTS;

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps(Intake);

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        Intake::new(init, REPORTS).await.map(Self)
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "Nobody needs an account for a report. Without an `Idempotency-Key`, a report with the same fields \
                 within 24 hours is the same report. Only a new one counts towards the limit. Empty fields of a form \
                 count as left out. A browser that sends a form (`Accept` names `text/html`) gets a page, also \
                 instead of a problem: with the same status and headers.";
    Route::post("/v1/reports", "Report unlawful content, or a picture of a real person")
        .about(about)
        .optional_token()
        .takes_key()
        .reads_form::<Body>()
        .answers::<CaseView<'_>>(201, "a case for a report of unlawful content; or a page")
        .or_page()
        .limited(REPORTS)
}

/// Stores one case: 201. A browser that sends a form gets a page with the case number.
///
/// # Errors
/// As for [`Intake::take`].
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    deps.0.take::<Body>(&ctx, &request).await
}

/// A report of a work.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Report")]
struct Body {
    /// The fault of the work: unlawful content, or a picture of a real person. Plain text: 1 to 4,000
    /// Unicode scalar values, one of them visible. White space at both ends is removed after they are counted.
    #[schemars(with = "CaseText")]
    what: String,
    /// The work: a URL, or the id of a generation.
    #[schemars(with = "ReportSubject")]
    r#where: String,
    /// The statement that the report is made in good faith, and is right and complete.
    #[schemars(required)]
    good_faith: Option<GoodFaith>,
    /// The mail address to answer to. Without one we cannot answer, unless the report is sent signed in and the profile
    /// has an address that its partner has verified.
    #[schemars(with = "Option<ReplyAddress>")]
    reply_to: Option<String>,
    /// For a form, which cannot send a header: the `Idempotency-Key`. The header goes first.
    #[schemars(with = "Option<RequestKey>")]
    id: Option<String>,
    /// Leave it out, or empty. Programs that fill in every field fill it too, and are refused.
    #[schemars(length(max = 0))]
    website: Option<String>,
}

/// The statement of good faith: `true` in JSON, a ticked box in a form.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline, transform = only_stated)]
enum GoodFaith {
    Said(bool),
    Ticked(String),
}

/// The schema of a statement that is accepted.
fn only_stated(schema: &mut Schema) {
    *schema =
        json_schema!({ "anyOf": [{ "type": "boolean", "const": true }, { "type": "string", "enum": ["on", "true"] }] });
}

impl CaseBody for Body {
    const FORM: &'static [FormField] = &[
        FormField { name: "where", label: "Where is it?", ask: "Fill in: where it is." },
        FormField { name: "what", label: "What is wrong with it?", ask: "Fill in: what is wrong with it." },
        FormField {
            name: "reply_to",
            label: "Your mail address, if you want an answer",
            ask: "Fill in: your mail address.",
        },
        FormField {
            name: "good_faith",
            label: "I believe in good faith that this report is right and complete.",
            ask: "Tick the box, if you believe in good faith that this report is right and complete.",
        },
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
        let in_good_faith = match &self.good_faith {
            Some(GoodFaith::Said(said)) => *said,
            Some(GoodFaith::Ticked(text)) => matches!(text.as_str(), "on" | "true"),
            None => false,
        };
        if !in_good_faith {
            let detail =
                "State with good_faith: true that you believe in good faith that your report is right and complete.";
            return Err(Error::invalid("good_faith", detail));
        }
        Ok(NewCase {
            kind: CaseKind::Report,
            text: CaseText::parse("what", &self.what)?,
            reply_to: self.reply_to.as_deref().map(ReplyAddress::parse).transpose()?,
            subject: Some(ReportSubject::parse(&self.r#where)?),
        })
    }
}
