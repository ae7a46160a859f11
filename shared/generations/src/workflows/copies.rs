//! The copy of a job that its provider keeps.

use crate::generation::record::Generation;
use providers::{Erased, Provider, ProviderJob};

/// Asks the provider to erase what it keeps of a job that is over, where it has a call for that.
/// Otherwise the provider's copy expires by the settings of the submission.
pub(super) async fn erase_copy(provider: &Provider, generation: &Generation, job: &ProviderJob) -> Erased {
    let erased = provider.erase(job).await;
    match erased {
        Erased::Done | Erased::NotOffered => {}
        Erased::NotAllowed | Erased::Later => {
            let outcome = if erased == Erased::Later { "later" } else { "not_allowed" };
            tracing::warn!(generation = %generation.id, outcome, "the provider's copy was not erased");
        }
    }
    erased
}
