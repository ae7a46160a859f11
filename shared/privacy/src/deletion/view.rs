//! A deletion in answers. Every route answers the same shape.

use super::{
    code::DeletionCode,
    record::{Deletion, DeletionStatus},
};
use kernel::{Error, Result, Timestamp, schema::Time};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// The deletion of an account. It has no personal data.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Deletion")]
pub struct DeletionView<'a> {
    /// The code that reads the deletion without a session. Keep it: it cannot be had again after the
    /// erasure.
    code: &'a DeletionCode,
    /// The progress.
    status: DeletionStatus,
    /// When the person asked for the deletion.
    #[schemars(with = "Time")]
    requested_at: Timestamp,
    /// When the erasure begins. Until then the deletion can be canceled.
    #[schemars(with = "Time")]
    purge_at: Timestamp,
    /// The latest time at which everything is gone, backups included.
    #[schemars(with = "Time")]
    due_at: Timestamp,
    /// The steps, in their order.
    steps: [StepView; 3],
    /// The receipt: counts, times, and what is kept and why. Null until the deletion is `erased`. A receipt
    /// keeps the fields of its time, so an older one may lack some.
    #[schemars(with = "Option<Map<String, Value>>")]
    receipt: Option<Value>,
    /// The signature of the receipt. Null as long as there is no receipt.
    signature: Option<SignatureView<'a>>,
}

/// A step of a deletion.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeletionStep")]
struct StepView {
    /// `closed`: the account starts nothing new. `erased`: all data is erased. `verified`: a second check
    /// has found nothing.
    #[schemars(extend("enum" = ["closed", "erased", "verified"]))]
    name: &'static str,
    /// When the step was done; null until then.
    #[schemars(with = "Option<Time>")]
    done_at: Option<Timestamp>,
}

/// The signature of a receipt, over its canonical JSON (RFC 8785).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ReceiptSignature")]
struct SignatureView<'a> {
    /// The algorithm.
    #[schemars(extend("const" = "Ed25519"))]
    algorithm: &'static str,
    /// The thumbprint (RFC 7638) of the key that verifies it.
    key_id: &'a str,
    /// The signature, in base64url.
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
