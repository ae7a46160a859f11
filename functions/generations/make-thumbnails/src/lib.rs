//! Queue `thumbnail`: makes the thumbnails of a delivered generation (P05).

use generations::{GenerationStore, ThumbnailMessage, ThumbnailOutcome, Thumbnails};
use kernel::Result;
use media::MediaStore;
use runtime::{Ctx, Init};
use std::sync::Arc;

/// The stores of this function.
#[derive(Debug)]
pub struct Deps {
    thumbnails: Thumbnails,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            thumbnails: Thumbnails {
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
            },
        })
    }
}

/// Makes the thumbnails of one generation.
///
/// # Errors
/// `unavailable`. The message is delivered again, and the sweep checks the generation.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, message: ThumbnailMessage) -> Result<ThumbnailOutcome> {
    deps.thumbnails.make(&message, &ctx.ids, ctx.now).await
}
