//! AWS as the slices need it: clients built by hand, items, conditions, transactions
//! with an explanation for each way they can be canceled, queues and secrets.
//!
//! Functions depend on no SDK crate; the slices see [`Table`], [`Change`], [`Queue`]
//! and [`Secrets`], and the SDK's own clients where they need more (S3).

mod clients;
mod condition;
mod count;
mod failure;
mod https;
mod key;
mod page;
#[cfg(feature = "planted-faults")]
mod planted;
mod query;
mod queue;
mod secrets;
mod table;
mod transact;
mod write;

pub use aws_credential_types::Credentials;
pub use aws_sdk_dynamodb::types::AttributeValue;
pub use aws_sdk_s3 as s3;
pub use aws_smithy_runtime_api::client::http::SharedHttpClient;
pub use clients::{ClientConfig, Clients, REQUEST_TIMEOUT, Signing, with_file};
pub use condition::{Condition, all, any, not};
pub use failure::{Unanswered, failed};
pub use https::https_client;
#[cfg(feature = "extra-roots")]
pub use https::https_client_trusting;
pub use key::{counter, millis, seconds};
pub use page::{Cursor, Page};
pub use query::Query;
pub use queue::Queue;
pub use secrets::{Secret, Secrets};
pub use table::{Dynamo, Table, read};
pub use transact::{Decision, transact};
pub use write::{Change, Verdict, Write, WriteOutcome};

use std::collections::HashMap;

/// An item as DynamoDB has it.
pub type Item = HashMap<String, AttributeValue>;
