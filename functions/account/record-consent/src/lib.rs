//! `POST /v1/consents`: records a choice about advertising, or the notice about a changed document (P18, P19).
//!
//! Each is a row that is written once, with the version and the hash of the text, and the times. The same choice at the
//! same time is one row, and so is the notice about the same version. So a request may be repeated. The last choice is
//! the one that was made last, whatever the order of the requests.
//!
//! Global Privacy Control (`Sec-GPC: 1`) is an objection: a consent under it is recorded as it was given, and counts as
//! refused. A notice says what a person was shown and when. It is never a consent.
//!
//! An account that is frozen or being deleted can record too, because a person may withdraw at any time. The limit of an
//! account never stops the withdrawal of a consent that holds.

use accounts::{Choice, Consent, Notice, NoticeDocument, Record, TextHash};
use authentication::Authenticator;
use contract::Route;
use kernel::{DocumentVersion, Object, Result, Timestamp, schema::Time};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use transient::{AccountRates, CONSENTS};

/// The authentication of callers with the store of the accounts, and the counters.
#[derive(Debug)]
pub struct Deps {
    authenticator: Authenticator,
    rates: AccountRates,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        let rates = AccountRates::new(init.table("TRANSIENT_TABLE")?);
        Ok(Self { authenticator: Authenticator::new(init).await?, rates })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::post("/v1/consents", "Record a choice about advertising, or a notice")
        .about(
            "Each record is written once: the same choice at the same `chosen_at`, and the notice about the same \
             version, change nothing when they come again. `GET /v1/account` shows the choice that was made last, \
             whatever the order of the requests. A consent counts as refused if the body has `gpc`, or the browser \
             sends `Sec-GPC: 1`. A notice is no consent. A frozen account and one that is being deleted can record \
             too. The withdrawal of a consent that holds does not count for the limit, and neither does a repeated \
             request.",
        )
        .protected()
        .takes_gpc()
        .reads::<Body>()
        .answers_nothing(204, "the choice or the notice is recorded")
        .limited(CONSENTS)
}

/// Records a choice or a notice: 204. It takes three requests: the session with the profile and the row, the counter,
/// and the transaction. A repeated request takes one, and a withdrawal two.
///
/// # Errors
/// `unauthenticated` (also when the session was ended or the account erased), `cross_origin`, `other_account`, `invalid`
/// and the other errors of the body, `too_many_requests`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = deps.authenticator.caller(&request, ctx.now)?;
    let Object(body) = request.json::<Object<Body>>()?;
    let record = body.parse(request.has_gpc(), ctx.now)?;
    let mut rate = None;
    let allow = async || {
        rate = Some(deps.rates.count(CONSENTS, caller.account, ctx.now).await?);
        Ok(())
    };
    deps.authenticator.accounts().record(&caller, &record, &ctx.ids, ctx.now, allow).await?;
    Ok(Response::empty(204).rate_limit(rate.as_ref()))
}

/// A choice about advertising, or the notice about a changed document.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "ConsentRecord")]
enum Body {
    /// A choice about advertising.
    Advertising {
        /// The choice of the person.
        #[schemars(with = "Choice")]
        choice: String,
        /// The version of the text on which the person chose.
        #[schemars(with = "DocumentVersion")]
        version: String,
        /// The SHA-256 of that text in hexadecimal digits, or its beginning.
        #[schemars(with = "TextHash")]
        hash: String,
        /// When the person chose: at most 180 days ago, and at most a day ahead.
        #[schemars(with = "Time")]
        chosen_at: String,
        /// Whether the browser had Global Privacy Control switched on.
        #[serde(default)]
        gpc: bool,
    },
    /// The notice about a changed document, at the first use of the service after it was shown.
    Notice {
        /// The document.
        #[schemars(with = "NoticeDocument")]
        document: String,
        /// The version that the notice is about.
        #[schemars(with = "DocumentVersion")]
        version: String,
        /// When the notice was shown: at most 180 days ago, and at most a day ahead.
        #[schemars(with = "Time")]
        shown_at: String,
    },
}

impl Body {
    /// The record. Every day may be a version: it says what the client has shown.
    ///
    /// # Errors
    /// `invalid`.
    fn parse(self, has_gpc: bool, now: Timestamp) -> Result<Record> {
        match self {
            Self::Advertising { choice, version, hash, chosen_at, gpc } => {
                let (choice, version, hash) = (choice.parse()?, version.parse()?, hash.parse()?);
                Consent::new(choice, version, hash, &chosen_at, gpc || has_gpc, now).map(Record::Consent)
            }
            Self::Notice { document, version, shown_at } => {
                let (document, version) = (document.parse()?, version.parse()?);
                Notice::new(document, version, &shown_at, now).map(Record::Notice)
            }
        }
    }
}
