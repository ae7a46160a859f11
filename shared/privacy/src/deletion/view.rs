//! A deletion in answers. Every route answers the same shape.

use super::{
    code::DeletionCode,
    record::{Deletion, DeletionStatus, Requester},
    removal::{Removal, RemovalOutcome},
};
use kernel::{Error, Result, Timestamp, schema::Time};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// The record that a code finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeletionRecord {
    /// The deletion of an account.
    Account(Deletion),
    /// The answer to a partner's request that deletes no account.
    Identity(Removal),
}

/// The record that a code finds, in answers.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "DeletionRecord")]
pub enum DeletionRecordView<'a> {
    /// The deletion of an account.
    Account(Box<DeletionView<'a>>),
    /// The answer to a partner's request that deletes no account.
    Identity(RemovalView<'a>),
}

impl<'a> DeletionRecordView<'a> {
    /// The view of a record.
    ///
    /// # Errors
    /// `internal` if a stored receipt does not parse.
    pub fn new(record: &'a DeletionRecord) -> Result<Self> {
        match record {
            DeletionRecord::Account(deletion) => Ok(Self::Account(Box::new(DeletionView::new(deletion)?))),
            DeletionRecord::Identity(removal) => Ok(Self::Identity(RemovalView::new(removal))),
        }
    }
}

/// The answer to a partner's request for deletion that deletes no account. It has no personal data, and can be
/// read for 21 days.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "IdentityRemoval")]
pub struct RemovalView<'a> {
    /// The code that reads the answer.
    code: &'a DeletionCode,
    /// The outcome of the request.
    outcome: RemovalOutcome,
    /// The partner that sent the request.
    requested_by: Requester,
    /// When the partner got the request.
    #[schemars(with = "Time")]
    requested_at: Timestamp,
    /// When the request was carried out.
    #[schemars(with = "Time")]
    answered_at: Timestamp,
}

impl<'a> RemovalView<'a> {
    fn new(removal: &'a Removal) -> Self {
        let Removal { code, requested_by, outcome, requested_at, answered_at, .. } = removal;
        Self {
            code,
            outcome: *outcome,
            requested_by: *requested_by,
            requested_at: *requested_at,
            answered_at: *answered_at,
        }
    }
}

/// The deletion of an account. It has no personal data.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Deletion")]
pub struct DeletionView<'a> {
    /// The code that reads the deletion without a session. Keep it: it cannot be had again after the
    /// erasure.
    code: &'a DeletionCode,
    /// The progress.
    status: DeletionStatus,
    /// The party that requested the deletion: the person, or the partner of the account's last identity.
    requested_by: Requester,
    /// When the deletion was requested.
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
            requested_by: deletion.requested_by,
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
