//! The copy of a job that its provider keeps.

use crate::generation::record::Generation;
use providers::{Erasure, Provider, ProviderJob};

/// Asks the provider to erase its copy of a finished job, if its API has a call for that.
/// Otherwise the copy expires by the settings of the submission.
pub(super) async fn erase_copy(provider: &Provider, generation: &Generation, job: &ProviderJob) -> Erasure {
    let erased = provider.erase(job).await;
    match erased {
        Erasure::Done | Erasure::NotOffered => {}
        Erasure::NotAllowed | Erasure::Later => {
            let outcome = if erased == Erasure::Later { "later" } else { "not_allowed" };
            tracing::warn!(generation = %generation.id, outcome, "the provider's copy was not erased");
        }
    }
    erased
}
