//! The receipt: which data was erased and when, and which data is kept and why.

use super::signed::{SignedReceipt, canonical};
use crate::deletion::{Counts, DeletionCode, DeletionJob, Requester, Revocations};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Result, Timestamp, later, limits::WELCOME_MARKER_LIFETIME};
use ring::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair},
};
use serde::Serialize;
use serde_json::Value;
use std::{fmt, time::Duration};

/// Signs receipts.
pub struct ReceiptSigner {
    pair: Ed25519KeyPair,
    key_id: String,
}

impl ReceiptSigner {
    /// Reads a 32-byte Ed25519 seed in base64url.
    ///
    /// # Errors
    /// `internal` if the seed does not parse.
    pub fn from_seed(seed: &str) -> Result<Self> {
        let unreadable = || Error::internal("the receipt signing key must be 32 bytes in base64url");
        let seed = URL_SAFE_NO_PAD.decode(seed.trim()).map_err(|_| unreadable())?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| unreadable())?;
        let x = URL_SAFE_NO_PAD.encode(pair.public_key());
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Ok(Self { pair, key_id: URL_SAFE_NO_PAD.encode(digest(&SHA256, jwk.as_bytes())) })
    }

    /// The public key that verifies the receipts, in base64url.
    #[must_use]
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key())
    }

    fn sign(&self, receipt: &Value) -> SignedReceipt {
        let text = canonical(receipt);
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(text.as_bytes()));
        SignedReceipt { text, signature, key_id: self.key_id.clone() }
    }

    /// The receipt of a deletion whose second check at `verified_at` found nothing. Backups and
    /// logs keep erased data for `backup_days`.
    ///
    /// # Errors
    /// `internal` if the receipt does not serialise, or nothing was purged.
    pub(crate) fn receipt(&self, job: &DeletionJob, verified_at: Timestamp, backup_days: u32) -> Result<SignedReceipt> {
        let deletion = &job.deletion;
        let purged_at = deletion.purged_at.ok_or_else(|| Error::internal("a receipt before the erasure"))?;
        let receipt = Receipt {
            code: &deletion.code,
            requested_by: deletion.requested_by,
            requested_at: deletion.requested_at,
            purged_at,
            verified_at,
            due_at: deletion.due_at,
            days_until_due: deletion.due_at.duration_since(verified_at).as_hours().div_euclid(24),
            rounds: job.round,
            erased: &job.counts,
            backups_gone_by: later(purged_at, DAY * backup_days),
            kept: kept(purged_at),
            partners: partners(job.revocations),
        };
        Ok(self.sign(&serde_json::to_value(receipt).map_err(Error::internal)?))
    }
}

/// The number of days for which backups or logs keep erased data, from the two retentions in the
/// template.
///
/// # Errors
/// `internal` if one of them is not a whole number.
pub fn backup_days(recovery_days: &str, log_days: &str) -> Result<u32> {
    let number = |text: &str| text.parse::<u32>().map_err(|_| Error::internal("a retention must be a number of days"));
    Ok(number(recovery_days)?.max(number(log_days)?))
}

impl fmt::Debug for ReceiptSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptSigner")
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Serialize)]
struct Receipt<'a> {
    code: &'a DeletionCode,
    requested_by: Requester,
    requested_at: Timestamp,
    purged_at: Timestamp,
    verified_at: Timestamp,
    due_at: Timestamp,
    /// Whole days. Negative if the promise was broken.
    days_until_due: i64,
    rounds: u32,
    erased: &'a Counts,
    /// The time after which no backup and no log has any of the data.
    backups_gone_by: Timestamp,
    kept: [Kept; 2],
    partners: Vec<Partner>,
}

/// Data that is kept, with the reason.
#[derive(Serialize)]
struct Kept {
    what: &'static str,
    why: &'static str,
    /// `None` means for ever.
    until: Option<Timestamp>,
}

fn kept(purged_at: Timestamp) -> [Kept; 2] {
    [
        Kept {
            what: "a keyed hash of who signed in (issuer and subject)",
            why: "only to refuse a second welcome",
            until: Some(later(purged_at, WELCOME_MARKER_LIFETIME)),
        },
        Kept {
            what: "a keyed hash of the account's random id, and this receipt",
            why: "so that no backup brings the account back, and so that this can be proven",
            until: None,
        },
    ]
}

/// The practice of a partner with its own copies, as far as we know it.
#[derive(Serialize)]
struct Partner {
    name: &'static str,
    outcome: &'static str,
}

/// The practice of all partners, and what became of the token that Apple gave us, if it gave one.
fn partners(revocations: Option<Revocations>) -> Vec<Partner> {
    let apple = revocations.map(|Revocations { failed, .. }| match failed {
        0 => "we asked it to revoke the token that it gave us; it does not say whether it did",
        _ => {
            "it could not be asked to revoke the token that it gave us; the person may end the connection in the \
             settings of their Apple Account"
        }
    });
    let apple = apple.map(|outcome| Partner { name: "Apple", outcome });
    PARTNERS.into_iter().chain(apple).collect()
}

const PARTNERS: [Partner; 4] = [
    Partner {
        name: "Replicate",
        outcome: "removes prompts, files and logs by itself one hour after each job; it offers no deletion of a job",
    },
    Partner { name: "Stripe", outcome: "keeps the records of payments, as the law demands; we asked for no redaction" },
    Partner {
        name: "Google",
        outcome: "we kept no token; the person may take our access away in their Google account",
    },
    Partner { name: "Facebook", outcome: "we kept no token; the person may remove our app in their Facebook settings" },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        deletion::{
            DataCount, DeletionStatus,
            tests::{at, job},
        },
        receipt::signed::verify,
    };
    use serde_json::json;

    fn signer() -> ReceiptSigner {
        ReceiptSigner::from_seed(&URL_SAFE_NO_PAD.encode([3; 32])).unwrap()
    }

    fn signed() -> SignedReceipt {
        let mut job = job(DeletionStatus::Settling);
        job.deletion.purged_at = Some(at(7));
        job.counts = Counts::from([("media".to_owned(), DataCount { items: 0, objects: 3 })]);
        signer().receipt(&job, at(8), 7).unwrap()
    }

    #[test]
    fn a_receipt_has_times_counts_and_kept_data() {
        let receipt: Value = serde_json::from_str(&signed().text).unwrap();
        assert_eq!(receipt["days_until_due"], 22);
        assert_eq!(receipt["backups_gone_by"], at(14).to_string());
        assert_eq!(receipt["erased"], json!({"media": {"items": 0, "objects": 3}}));
        assert_eq!(receipt["kept"][0]["until"], at(97).to_string());
        assert!(!signed().text.contains("01929e6b"), "a receipt must not have the account id");
    }

    #[test]
    fn a_receipt_says_what_became_of_apples_token() {
        let outcome = |revocations| {
            let partners = partners(revocations);
            partners.iter().find(|partner| partner.name == "Apple").map(|partner| partner.outcome)
        };
        assert_eq!(outcome(None), None, "Apple gave no token");
        let asked = outcome(Some(Revocations { requested: 1, failed: 0 })).unwrap();
        assert!(asked.contains("we asked it") && asked.contains("does not say"), "{asked}");
        let failed = outcome(Some(Revocations { requested: 1, failed: 1 })).unwrap();
        assert!(failed.contains("could not be asked"), "{failed}");
    }

    #[test]
    fn a_receipt_verifies_as_it_was_answered_and_fails_when_altered() {
        let SignedReceipt { text, signature, .. } = signed();
        let (receipt, key): (Value, _) = (serde_json::from_str(&text).unwrap(), signer().public_key());
        assert!(verify(&receipt, &signature, &key));
        for pointer in ["/requested_at", "/erased/media/objects", "/kept/0/what", "/partners/1/outcome"] {
            let mut altered = receipt.clone();
            *altered.pointer_mut(pointer).unwrap() = json!("x");
            assert!(!verify(&altered, &signature, &key), "{pointer} may not be altered");
        }
        assert!(!verify(&receipt, "", &key) && !verify(&receipt, &signature, "AAAA"));
    }

    #[test]
    fn the_longest_retention_counts() {
        assert_eq!(backup_days("7", "14").unwrap(), 14);
        assert_eq!(backup_days("7", "5").unwrap(), 7);
        assert!(backup_days("seven", "5").is_err() && backup_days("7", "").is_err());
    }
}
