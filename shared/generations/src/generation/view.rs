//! A generation in an answer: one shape for every route.

use crate::{
    catalogue::{models::ModelKind, settings::Settings},
    generation::{
        disabled::DisabledView, failure::FailureCode, output::Output, record::Generation, status::GenerationStatus,
    },
};
use kernel::{Credits, GenerationId, Result, Timestamp, UploadId, limits};
use media::{Disposition, MediaStore};
use serde::Serialize;

/// A generation in an answer.
#[derive(Debug, Serialize)]
pub struct GenerationView<'a> {
    id: GenerationId,
    model: &'a str,
    kind: ModelKind,
    prompt: &'a str,
    settings: &'a Settings,
    inputs: Vec<UploadId>,
    based_on: Option<GenerationId>,
    favourite: bool,
    title: Option<&'a str>,
    status: GenerationStatus,
    /// The progress in percent, if the provider reports it. Null when it is final.
    progress: Option<u8>,
    /// The number of jobs before it in the provider's queue, if the provider reports it. Null when
    /// it is final.
    queue_position: Option<u32>,
    /// The held credits while it is under way, then the charged credits.
    cost: Credits,
    /// The most that canceling costs once the provider has the job: 0 or the price. Null when it is
    /// final, and in lists.
    cancel_price: Option<Credits>,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
    outputs: Vec<OutputView<'a>>,
    /// The statement of reasons of a work that was disabled, which has no outputs then.
    disabled: Option<DisabledView<'a>>,
    failure: Option<FailureView>,
}

#[derive(Debug, Serialize)]
struct OutputView<'a> {
    /// Shows the output; valid for five minutes.
    url: String,
    /// Saves the output as a file; valid for five minutes.
    download_url: String,
    /// Shows the thumbnail; valid for five minutes. Null until there is one, and for a video.
    thumbnail_url: Option<String>,
    content_type: &'a str,
    bytes: u64,
    width: u32,
    height: u32,
    sha256: &'a str,
}

#[derive(Debug, Serialize)]
struct FailureView {
    code: FailureCode,
    detail: &'static str,
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
                detail: failure.code.detail(!cost.is_zero()),
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
