//! AWS as the slices need it: clients for fast cold starts, items, conditions, transactions
//! that explain each of their cancellations, queues and secrets.
//!
//! Functions depend on no SDK crate. The slices see [`Table`], [`Change`], [`Queue`] and
//! [`Secrets`], and the SDK's own client of S3, which `media` needs as a whole.

mod clients;
mod dynamodb;
mod failure;
mod https;
#[cfg(feature = "planted-faults")]
mod planted;
mod queue;
mod secrets;
mod signing;
mod transact;

pub use aws_credential_types::Credentials;
pub use aws_sdk_dynamodb::types::AttributeValue;
pub use aws_sdk_s3 as s3;
pub use aws_smithy_runtime_api::client::http::SharedHttpClient;
pub use clients::{ClientConfig, Clients, REQUEST_TIMEOUT, with_file};
pub use dynamodb::client::Dynamo;
pub use dynamodb::condition::{Condition, all, any, not};
pub use dynamodb::item::{Item, read};
pub use dynamodb::key::{counter, millis, seconds};
pub use dynamodb::page::{Cursor, Page};
pub use dynamodb::query::Query;
pub use dynamodb::scan::{Scan, ScanProgress};
pub use dynamodb::table::Table;
pub use dynamodb::write::{Change, ConditionFailure, Write, WriteOutcome};
pub use failure::{FailedCall, failed};
pub use https::https_client;
#[cfg(feature = "extra-roots")]
pub use https::https_client_trusting;
pub use queue::Queue;
pub use secrets::{Secret, Secrets};
pub use signing::S3Signer;
pub use transact::{Decision, transact};
