//! A generation in an answer: one shape for every route.

use crate::{
    catalogue::{models::ModelKind, settings::Settings},
    generation::{
        disabled::DisabledView,
        failure::{
            FailureCode,
            input::{InputProblem, InputReason},
        },
        output::Output,
        record::Generation,
        status::GenerationStatus,
    },
};
use kernel::{Credits, GenerationId, Result, Timestamp, UploadId, limits};
use media::{Disposition, MediaStore};
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;

/// A generation, as every route answers it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Generation")]
pub struct GenerationView<'a> {
    /// The id.
    id: GenerationId,
    /// The id of the model.
    model: &'a str,
    /// The kind of the model.
    kind: ModelKind,
    /// The prompt.
    prompt: &'a str,
    /// The settings, complete with the defaults of the model.
    settings: &'a Settings,
    /// The uploads that are its input pictures.
    inputs: Vec<UploadId>,
    /// The generation that it is based on. Null if the request named none.
    based_on: Option<GenerationId>,
    /// Whether the person marked it as a favourite.
    favourite: bool,
    /// The person's title. Null if there is none.
    title: Option<&'a str>,
    /// The state.
    status: GenerationStatus,
    /// The progress in percent. Null if the provider does not report it, and when it is final.
    #[schemars(range(max = 100))]
    progress: Option<u8>,
    /// The number of jobs before it in the provider's queue. Null if the provider does not report it,
    /// and when it is final.
    queue_position: Option<u32>,
    /// The held credits while it is under way, then the charged credits.
    cost: Credits,
    /// The most that canceling costs once the provider has the job, in credits: 0 or the price. Null when
    /// it is final, in lists, and in the answer to `PATCH`.
    cancel_price: Option<Credits>,
    /// The time of the request.
    #[schemars(with = "kernel::schema::Time")]
    created_at: Timestamp,
    /// The time at which it became final. Null before.
    #[schemars(with = "Option<kernel::schema::Time>")]
    finished_at: Option<Timestamp>,
    /// The files that were made. Empty until it has succeeded, and while the work is disabled.
    outputs: Vec<OutputView<'a>>,
    /// The statement of reasons of a work that was disabled, which has no outputs then. Otherwise null.
    disabled: Option<DisabledView<'a>>,
    /// Why it delivered nothing. Null if it did, and before it is final.
    failure: Option<FailureView>,
}

/// A file that a generation made.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Output")]
struct OutputView<'a> {
    /// Shows the output; valid for five minutes.
    #[schemars(url)]
    url: String,
    /// Saves the output as a file; valid for five minutes.
    #[schemars(url)]
    download_url: String,
    /// Shows the thumbnail; valid for five minutes. Null until there is one, and for a video.
    #[schemars(url)]
    thumbnail_url: Option<String>,
    /// The media type of the file, such as `image/png`.
    content_type: &'a str,
    /// The size of the file, in bytes.
    bytes: u64,
    /// The width, in pixels.
    width: u32,
    /// The height, in pixels.
    height: u32,
    /// The SHA-256 of the file, in hexadecimal digits.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    sha256: &'a str,
}

/// Why a generation delivered nothing, and what was given back.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
struct FailureView {
    /// The reason.
    code: FailureCode,
    /// Why an input picture cannot be used. Null for other codes, and if it is not known.
    reason: Option<InputReason>,
    /// The cause, in sentences for people, with the number that would be right.
    detail: Cow<'static, str>,
    /// The credits that were given back.
    released: Credits,
}

impl<'a> GenerationView<'a> {
    /// A generation without links, for answers about a generation that cannot have outputs.
    /// Every other answer takes [`Self::with_links`].
    #[must_use]
    pub fn without_outputs(generation: &'a Generation) -> Self {
        let cost = match generation.status.is_final() {
            true => generation.cost.unwrap_or_default(),
            false => generation.price,
        };
        Self {
            id: generation.id,
            model: &generation.model,
            kind: generation.kind,
            prompt: &generation.prompt,
            settings: &generation.settings,
            inputs: generation.inputs.iter().filter_map(|input| input.upload).collect(),
            based_on: generation.based_on,
            favourite: generation.favourite,
            title: generation.title.as_deref(),
            status: generation.status,
            progress: generation.progress.filter(|_| !generation.status.is_final()),
            queue_position: generation.queue_position.filter(|_| !generation.status.is_final()),
            cost,
            cancel_price: None,
            created_at: generation.created_at,
            finished_at: generation.finished_at,
            outputs: Vec::new(),
            disabled: generation.disabled.as_ref().map(DisabledView::new),
            failure: generation.failure.as_ref().map(|failure| FailureView {
                code: failure.code,
                reason: failure.input.map(InputProblem::reason),
                detail: failure.detail(!cost.is_zero()),
                released: failure.released,
            }),
        }
    }

    /// The same with the price of canceling.
    #[must_use]
    pub fn with_cancel_price(self, cancel_price: Option<Credits>) -> Self {
        Self { cancel_price, ..self }
    }

    /// A generation with links to its outputs; without them if it is disabled. Makes no request.
    /// `signed_at` is the real time,
    /// because S3 compares it with its own clock.
    ///
    /// # Errors
    /// `internal` when a link cannot be signed.
    pub fn with_links(generation: &'a Generation, media: &MediaStore, signed_at: Timestamp) -> Result<Self> {
        let mut view = Self::without_outputs(generation);
        for output in generation.outputs.iter().filter(|_| generation.disabled.is_none()) {
            view.outputs.push(OutputView::new(output, media, signed_at)?);
        }
        Ok(view)
    }
}

impl<'a> OutputView<'a> {
    fn new(output: &'a Output, media: &MediaStore, signed_at: Timestamp) -> Result<Self> {
        let Output { key, version_id, content_type, bytes, width, height, sha256, thumbnail } = output;
        let lifetime = limits::DOWNLOAD_LINK_LIFETIME;
        let link = |key, version_id, disposition| media.presign(key, version_id, lifetime, disposition, signed_at);
        let thumbnail = thumbnail.as_ref();
        let thumbnail_url = thumbnail.map(|file| link(&file.key, &file.version_id, Disposition::Show)).transpose()?;
        Ok(Self {
            url: link(key, version_id, Disposition::Show)?,
            download_url: link(key, version_id, Disposition::Save)?,
            thumbnail_url,
            content_type,
            bytes: *bytes,
            width: *width,
            height: *height,
            sha256,
        })
    }
}
