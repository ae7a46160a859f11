//! Queue `thumbnail`: gives what was delivered its thumbnails (P05).

use generations::{Drawn, GenerationStore, ThumbnailMessage, Thumbnails};
use kernel::Result;
use media::MediaStore;
use runtime::{Ctx, Init};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    thumbnails: Thumbnails,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
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
/// `unavailable`; the message comes again, and the sweep looks after the generation.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, message: ThumbnailMessage) -> Result<Drawn> {
    deps.thumbnails.make(&message, &ctx.ids, ctx.now).await
}
