//! Queue `picture`: copies the picture of a person from the address that the partner of the sign-in gave, small and
//! without metadata, and removes the copy of a picture that the person does not have any more (P01).
//!
//! A message has the account alone. The profile says the address and what came of it, so a message may come twice, late
//! or in any order, and the next sign-in sends a lost one again. An address is fetched once. If there is no picture, the
//! profile remembers it.

mod copy;
mod deps;

pub use copy::PictureOutcome;
pub use deps::Deps;

use accounts::PictureMessage;
use kernel::Result;
use runtime::Ctx;
use std::sync::Arc;

/// Brings the copy of one account's picture up to date.
///
/// # Errors
/// `unavailable`, also if the host of the picture does not answer. The message is delivered again, and after three
/// times the next sign-in sends another one.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, message: PictureMessage) -> Result<PictureOutcome> {
    copy::bring_up_to_date(&deps, &ctx, message.account).await
}
