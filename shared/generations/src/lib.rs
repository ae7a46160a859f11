//! Generations: the catalogue, the state machine, the store, and the workflows from a person's
//! prompt to a stored output or returned credits.
//!
//! The modules import each other downwards only: `catalogue` has the models and their prices,
//! `generation` the states and rules (pure), `uploads` the input pictures, `store` every read
//! and write of DynamoDB, and `workflows` the steps between people, providers and the store.
//! `store` also has every name of an attribute, except the serde names of the types that are stored
//! as they are: [`Generation`], `Slot`, [`DailySpend`] and `ModelHealth`.
//! Each workflow is a struct of exactly the stores, queues and clients that it uses: [`Submit`],
//! [`Run`], [`Collect`], [`RequestCancel`], [`Cancel`], [`Sweep`], [`Delete`], [`Uploads`], [`Availability`],
//! and `Thumbnails` with the feature `thumbnails`.

mod catalogue;
mod generation;
mod store;
mod uploads;
mod workflows;

pub use catalogue::availability::{ModelAvailability, UnavailableReason};
pub use catalogue::models::{Catalogue, Model, ModelInputs, ModelKind, PictureEncoding};
pub use catalogue::paused::Paused;
pub use catalogue::price::{Amount, Count, Per, PriceBreakdown, PriceRule};
pub use catalogue::settings::{Settings, SettingsSchema};
pub use catalogue::spend::{DailySpend, SpendCaps};
pub use catalogue::training::TrainingVendors;
pub use catalogue::typical::{TypicalTime, WorkTime};
pub use generation::disabled::{Disabled, Enabled, PastDecision};
pub use generation::failure::input::{InputProblem, InputReason};
pub use generation::failure::{Failure, FailureCode};
pub use generation::library::{Filter, Notes, SearchText, Title};
pub use generation::messages::{CollectMessage, RunMessage, ThumbnailMessage};
pub use generation::output::{Input, Output, Thumbnail};
pub use generation::record::{Generation, UndoableDeletion};
pub use generation::request::{IdempotencyKey, NewGeneration, Prompt};
pub use generation::schedule;
pub use generation::spenders::{JobCost, Spender, Spenders};
pub use generation::status::GenerationStatus;
pub use generation::view::GenerationView;
pub use store::table::GenerationStore;
pub use uploads::form::{NewUpload, OpenUpload};
pub use workflows::availability::Availability;
pub use workflows::cancel::Cancel;
pub use workflows::collect::{Collect, CollectOutcome};
pub use workflows::delete::Delete;
pub use workflows::open_upload::Uploads;
pub use workflows::request_cancel::RequestCancel;
pub use workflows::run::{Run, RunOutcome, RunReport};
pub use workflows::submit::{Submit, Taken};
pub use workflows::sweep::{Sweep, SweepReport};
#[cfg(feature = "thumbnails")]
pub use workflows::thumbnails::{ThumbnailOutcome, Thumbnails};
