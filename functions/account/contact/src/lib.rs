//! `POST /v1/contact`: somebody writes to support (P02, P10).
//!
//! A person who is signed in need not give an address: the profile has one. Ten messages may come in an
//! hour from one account, or from one network of people who are not signed in.

use cases::{CaseKind, CaseText, NewCase, ReplyAddress};
use intake::{CaseBody, Intake};
use kernel::{Error, Result};
use runtime::{
    Ctx, Init,
    http::{FormField, Request, Response},
};
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

/// Stores one case: 201. A browser that sends a form gets a page with the case number.
///
/// # Errors
/// As for [`Intake::take`].
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    deps.0.take::<Body>(&ctx, &request).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    kind: String,
    text: String,
    reply_to: Option<String>,
    id: Option<String>,
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
