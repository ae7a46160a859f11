//! What a provider keeps of a job that is over.

use crate::Generation;
use providers::{Erasure, Provider, ProviderJob};

/// Lets the provider keep no more of a job that is over than it must, where it has a call
/// for that, and answers what came of it. What it keeps otherwise expires by the settings of
/// the submit.
pub(crate) async fn erase(provider: &Provider, generation: &Generation, job: &ProviderJob) -> Erasure {
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
