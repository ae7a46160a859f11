//! The copy of a job that its provider keeps.

use crate::generation::record::Generation;
use providers::{Erasure, Provider, ProviderJob};

/// Asks the provider to erase what it keeps of a job that is over, where it has a call for that.
/// Otherwise the provider's copy expires by the settings of the submission.
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
