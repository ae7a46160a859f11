//! One adapter for each provider, and the parts that all adapters share.

mod answer;
mod api;
mod bfl;
mod fal;
mod output;
mod replicate;

pub use bfl::Bfl;
pub use fal::Fal;
pub use output::NoOutput;
pub use replicate::Replicate;
