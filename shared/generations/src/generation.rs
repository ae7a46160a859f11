//! A generation: its data, its states and the rules about them.

pub(crate) mod library;
pub(crate) mod messages;
pub(crate) mod progress;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod status;
pub mod sweep_step;
pub(crate) mod view;
