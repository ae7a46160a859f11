//! A deletion in answers. Every route answers the same shape.

use super::{
    code::DeletionCode,
    record::{Deletion, DeletionStatus},
};
use kernel::{Error, Result, Timestamp};
use serde::Serialize;
use serde_json::Value;

/// A deletion in an answer. It has no personal data.
#[derive(Debug, Serialize)]
pub struct DeletionView<'a> {
    code: &'a DeletionCode,
    status: DeletionStatus,
    requested_at: Timestamp,
    purge_at: Timestamp,
    due_at: Timestamp,
    steps: [StepView; 3],
    receipt: Option<Value>,
    signature: Option<SignatureView<'a>>,
}

#[derive(Debug, Serialize)]
struct StepView {
    name: &'static str,
    done_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct SignatureView<'a> {
    algorithm: &'static str,
    key_id: &'a str,
    value: &'a str,
}

impl<'a> DeletionView<'a> {
    /// The view of a deletion.
    ///
    /// # Errors
    /// `internal` if a stored receipt does not parse.
    pub fn new(deletion: &'a Deletion) -> Result<Self> {
        let step = |name, done_at| StepView { name, done_at };
        let signed = deletion.receipt.as_ref();
        Ok(Self {
            code: &deletion.code,
            status: deletion.status,
            requested_at: deletion.requested_at,
            purge_at: deletion.purge_at,
            due_at: deletion.due_at,
            steps: [
                step("closed", Some(deletion.requested_at)),
                step("erased", deletion.purged_at),
                step("verified", deletion.verified_at),
            ],
            receipt: signed.map(|signed| serde_json::from_str(&signed.text)).transpose().map_err(Error::internal)?,
            signature: signed.map(|signed| SignatureView {
                algorithm: "Ed25519",
                key_id: &signed.key_id,
                value: &signed.signature,
            }),
        })
    }
}
