//! Generations: the catalogue, the state machine, the history, and the workflows that
//! take a request from a person's prompt to a stored output or back to their credits.
//!
//! [`GenerationStatus`] and [`plan`] decide (pure); [`GenerationStore`] applies a decision under a condition
//! on the state it rests on. Each workflow is a struct of just what it may touch:
//! [`Submit`], [`Run`], [`Collect`], [`CallOff`], [`Cancel`],
//! [`Sweep`], [`Delete`], [`Uploads`], and in the one function with the feature `thumbnails`
//! its own.

mod catalogue;
mod generation;
mod store;
mod uploads;
mod workflows;

pub use catalogue::models::{Catalogue, Form, Inputs, Model, ModelKind};
pub use catalogue::paused::Paused;
pub use catalogue::price::{Amount, Count, Per, Price, Rule as PriceRule};
pub use catalogue::settings::{Schema as SettingsSchema, Settings};
pub use catalogue::spend::{Caps, Spent};
pub use generation::library::{Filter, Notes, SoughtText, Title};
pub use generation::messages::{CollectMessage, RunMessage, ThumbnailMessage};
pub use generation::record::{Failure, FailureCode, Generation, Input, Output, Thumbnail};
pub use generation::request::{IdempotencyKey, NewGeneration, Prompt};
pub use generation::status::GenerationStatus;
pub use generation::sweep_step as plan;
pub use generation::view::GenerationView;
pub use store::table::GenerationStore;
pub use workflows::cancel::Cancel;
pub use workflows::collect::{Collect, Collected};
pub use workflows::delete::Delete;
pub use workflows::open_upload::{NewUpload, OpenUpload, Uploads};
pub use workflows::request_cancel::CallOff;
pub use workflows::run::{Done, Ran, Run};
pub use workflows::submit::Submit;
pub use workflows::sweep::{Sweep, Swept};
#[cfg(feature = "thumbnails")]
pub use workflows::thumbnails::{Drawn, Thumbnails};
