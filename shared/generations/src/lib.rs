//! Generations: the catalogue, the state machine, the history, and the workflows that
//! take a request from a person's prompt to a stored output or back to their credits.
//!
//! [`GenerationStatus`] and [`plan`] decide (pure); [`GenerationStore`] applies a decision under a condition
//! on the state it rests on. Each workflow is a struct of just what it may touch:
//! [`Submit`], [`Run`], [`Collect`], [`CallOff`], [`Cancel`],
//! [`Sweep`], [`Delete`], [`Uploads`], and in the one function with the feature `thumbnails`
//! its own.

mod call_off;
mod cancel;
mod catalogue;
mod clear;
mod collect;
mod delete;
mod erase;
mod finish;
mod generation;
mod inputs;
mod library;
mod message;
mod paused;
mod personal;
pub mod plan;
mod price;
mod request;
mod run;
mod settings;
mod slot;
mod spend;
mod standing;
mod status;
mod store;
mod submit;
mod sweep;
#[cfg(feature = "thumbnails")]
mod thumbnails;
mod uploads;
mod view;

pub use call_off::CallOff;
pub use cancel::Cancel;
pub use catalogue::{Catalogue, Form, Inputs, Model, ModelKind};
pub use collect::{Collect, Collected};
pub use delete::Delete;
pub use generation::{Failure, FailureCode, Generation, Input, Output, Thumbnail};
pub use library::{Filter, Notes, SoughtText, Title};
pub use message::{CollectMessage, RunMessage, ThumbnailMessage};
pub use paused::Paused;
pub use price::{Amount, Count, Per, Price, Rule as PriceRule};
pub use request::{IdempotencyKey, NewGeneration, Prompt};
pub use run::{Done, Ran, Run};
pub use settings::{Schema as SettingsSchema, Settings};
pub use spend::{Caps, Spent};
pub use status::GenerationStatus;
pub use store::GenerationStore;
pub use submit::Submit;
pub use sweep::{Sweep, Swept};
#[cfg(feature = "thumbnails")]
pub use thumbnails::{Drawn, Thumbnails};
pub use uploads::{NewUpload, OpenUpload, Uploads};
pub use view::GenerationView;
