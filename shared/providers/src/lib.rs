//! AI providers behind one closed enum: submit a job, read its status, cancel it, find it, open
//! an output, erase a job, verify a webhook.
//!
//! Every operation answers with an outcome and never with a bare error. The next step depends on
//! whether a job may exist at the provider, and the outcome says so.
//!
//! To add a provider: write its adapter, add its name to [`ProviderName`], add an arm to each
//! `match` that the compiler names, and add its rows to the catalogue.
//!
//! No error and no log line contains prompts, tokens or URLs with a MAC.

mod adapters;
mod callback;
mod credential;
mod job;
mod name;
mod provider;
mod set;
#[cfg(test)]
mod test_world;
mod webhook;

pub use adapters::{Bfl, Fal, NoOutput, Replicate};
pub use callback::CallbackKeys;
pub use credential::ProviderCredential;
pub use job::{Erasure, Found, INLINE_BYTES, Job, JobStatus, ProviderJob, Refusal, RefusalKind, Submitted};
pub use name::ProviderName;
pub use provider::Provider;
pub use set::{ProviderCredentials, Providers};
pub use webhook::{WebhookCall, WebhookEvent, Webhooks};
