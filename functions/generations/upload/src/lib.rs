//! `POST /v1/uploads`: a form by which the browser sends one picture straight to the bucket
//! (P04).
//!
//! Answers 201 with the upload's id, the form's URL and fields, and until when it may be
//! sent. A generation of the next 24 hours may name the id as its input. An account has ten
//! places for uploads: one is held for five minutes and while a generation has still to read
//! the picture; after that the next upload may take it over.

use accounts::AccountStore;
use credits::CreditStore;
use generations::{GenerationStore, NewUpload, OpenUpload, Uploads};
use kernel::{Result, Timestamp, UploadId};
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use serde::{Deserialize, Serialize};
use session::Verifier;
use std::{collections::BTreeMap, sync::Arc};

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    accounts: AccountStore,
    uploads: Uploads,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            verifier: init.verifier()?,
            accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
            uploads: Uploads {
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
            },
        })
    }
}

/// Opens one upload.
///
/// # Errors
/// `unauthenticated` (also when the session was ended), `cross_origin`, `invalid` and what
/// else is wrong with the body; see [`Uploads::open`].
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let Body { content_type, bytes } = request.json()?;
    let new = NewUpload::parse(&content_type, bytes)?;
    // Whoever holds the form needs no session any more.
    let caller = deps.accounts.require_fresh(&caller, ctx.now).await?;
    let open = deps.uploads.open(caller.caller(), new, &ctx.ids, ctx.now, ctx.signed_at).await?;
    Ok(Response::json(201, &Answer::from(open)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    content_type: String,
    bytes: u64,
}

#[derive(Serialize)]
struct Answer {
    id: UploadId,
    url: String,
    fields: BTreeMap<&'static str, String>,
    expires_at: Timestamp,
}

impl From<OpenUpload> for Answer {
    fn from(OpenUpload { id, form, expires_at }: OpenUpload) -> Self {
        Self { id, url: form.url, fields: form.fields, expires_at }
    }
}
