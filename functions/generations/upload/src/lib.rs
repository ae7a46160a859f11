//! `POST /v1/uploads`: a form by which the browser sends one picture to the bucket (P04).
//!
//! Answers 201 with the upload's id, the URL, fields and expiry of the form. A generation may name
//! the id as its input for 24 hours. An account has ten slots for uploads. A slot is occupied for
//! five minutes, and while a generation has still to read its picture. After that the next upload
//! may replace it.

use accounts::AccountStore;
use contract::Route;
use credits::CreditStore;
use generations::{GenerationStore, NewUpload, OpenUpload, Uploads};
use kernel::{Result, Timestamp, UploadId, limits};
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use session::Verifier;
use std::{collections::BTreeMap, sync::Arc};

/// The session check and the stores of this function.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    uploads: Uploads,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            verifier: init.verifier()?,
            uploads: Uploads {
                accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
            },
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::post("/v1/uploads", "Open an upload for one picture")
        .about(
            "Send `fields`, and then the picture as `file`, to `url` as `multipart/form-data`, within five minutes. \
             `inputs` of `POST /v1/generations` may name the `id` for 24 hours.",
        )
        .protected()
        .reads::<Body>()
        .answers::<Answer>(201, "a form that sends one picture to the bucket")
        .fails(&["account_not_active", "too_many_uploads"])
}

/// Opens one upload.
///
/// # Errors
/// `cross_origin`, `invalid` and the other errors of the body; and as for [`Uploads::open`].
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let Body { content_type, bytes } = request.json()?;
    let new = NewUpload::parse(&content_type, bytes)?;
    let open = deps.uploads.open(&caller, new, &ctx.ids, ctx.now, ctx.signed_at).await?;
    Ok(Response::json(201, &Answer::from(open)))
}

/// A request for an upload.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UploadRequest")]
struct Body {
    /// The media type of the picture.
    #[schemars(extend("enum" = NewUpload::CONTENT_TYPES))]
    content_type: String,
    /// The size of the picture, in bytes.
    #[serde(deserialize_with = "kernel::whole::required")]
    #[schemars(range(min = 1, max = limits::INPUT_BYTES))]
    bytes: u64,
}

/// An upload, with the form that sends its picture.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Upload")]
struct Answer {
    /// The id, for `inputs` of `POST /v1/generations`.
    id: UploadId,
    /// The URL that takes the form.
    #[schemars(url)]
    url: String,
    /// The fields of the form, which come before the file. The file is the last field, `file`.
    fields: BTreeMap<&'static str, String>,
    /// The time until which the form is valid.
    #[schemars(with = "kernel::schema::Time")]
    expires_at: Timestamp,
}

impl From<OpenUpload> for Answer {
    fn from(OpenUpload { id, form, expires_at }: OpenUpload) -> Self {
        Self { id, url: form.url, fields: form.fields, expires_at }
    }
}
