//! A generation: its data, its states and the rules about them.

pub(crate) mod cancellation;
pub(crate) mod disabled;
pub(crate) mod failure;
pub(crate) mod library;
pub(crate) mod messages;
pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod record;
pub(crate) mod request;
pub mod schedule;
pub(crate) mod spenders;
pub(crate) mod status;
pub(crate) mod submission;
pub(crate) mod sweep_step;
pub(crate) mod view;
