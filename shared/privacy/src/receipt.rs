//! The receipt: what was erased and when, what is kept and why, signed.

use crate::{
    code::DeletionCode,
    deletion::{Counts, Work},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Result, Timestamp, limits::WELCOME_MARKER_LIFETIME};
use ring::{
    digest::{SHA256, digest},
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, time::Duration};

/// A receipt with its signature, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReceipt {
    /// The receipt as canonical JSON: exactly the bytes that were signed.
    pub text: String,
    /// Ed25519 over the text, in base64url.
    pub signature: String,
    /// The JWK thumbprint (RFC 7638) of the key that verifies it.
    pub key_id: String,
}

/// Signs receipts.
pub struct ReceiptSigner {
    pair: Ed25519KeyPair,
    key_id: String,
}

impl ReceiptSigner {
    /// From the base64url text of a 32-byte Ed25519 seed.
    ///
    /// # Errors
    /// `internal` when the seed cannot be read.
    pub fn from_seed(seed: &str) -> Result<Self> {
        let unreadable = || Error::internal("the receipt signing key must be 32 bytes in base64url");
        let seed = URL_SAFE_NO_PAD.decode(seed.trim()).map_err(|_| unreadable())?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| unreadable())?;
        let x = URL_SAFE_NO_PAD.encode(pair.public_key());
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Ok(Self { pair, key_id: URL_SAFE_NO_PAD.encode(digest(&SHA256, jwk.as_bytes())) })
    }

    /// The key that verifies what this signs, in base64url.
    #[must_use]
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key())
    }

    fn sign(&self, receipt: &Value) -> SignedReceipt {
        let text = canonical(receipt);
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(text.as_bytes()));
        SignedReceipt { text, signature, key_id: self.key_id.clone() }
    }

    /// The receipt of a deletion whose verification found nothing at `verified_at`.
    /// `backup_days` is how long recovery and logs outlive what was erased.
    ///
    /// # Errors
    /// `internal` when it does not serialise, or nothing was purged.
    pub(crate) fn receipt(&self, work: &Work, verified_at: Timestamp, backup_days: u32) -> Result<SignedReceipt> {
        let deletion = &work.deletion;
        let purged_at = deletion.purged_at.ok_or_else(|| Error::internal("a receipt before the erasure"))?;
        let receipt = Receipt {
            code: &deletion.code,
            requested_at: deletion.requested_at,
            purged_at,
            verified_at,
            due_at: deletion.due_at,
            days_until_due: deletion.due_at.duration_since(verified_at).as_hours().div_euclid(24),
            rounds: work.round,
            erased: &work.counts,
            backups_gone_by: later(purged_at, DAY * backup_days),
            kept: kept(purged_at),
            partners: PARTNERS,
        };
        Ok(self.sign(&serde_json::to_value(receipt).map_err(Error::internal)?))
    }
}

/// How many days recovery and logs outlive what was erased, from the template's own two
/// numbers.
///
/// # Errors
/// `internal` when one of them is no whole number.
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
    requested_at: Timestamp,
    purged_at: Timestamp,
    verified_at: Timestamp,
    due_at: Timestamp,
    /// Whole days; negative when the promise was broken.
    days_until_due: i64,
    rounds: u32,
    erased: &'a Counts,
    /// When no backup and no log holds anything of it any more.
    backups_gone_by: Timestamp,
    kept: [Kept; 2],
    partners: [Partner; 3],
}

/// What is kept, and why.
#[derive(Serialize)]
struct Kept {
    what: &'static str,
    why: &'static str,
    /// `None` is for good.
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

/// What partners do with their own copies, as far as we know it.
#[derive(Serialize)]
struct Partner {
    name: &'static str,
    outcome: &'static str,
}

const PARTNERS: [Partner; 3] = [
    Partner {
        name: "Replicate",
        outcome: "removes prompts, files and logs by itself one hour after each job; it offers no deletion of a job",
    },
    Partner { name: "Stripe", outcome: "keeps the records of payments, as the law demands; we asked for no redaction" },
    Partner {
        name: "Google",
        outcome: "we kept no token; the person may take our access away in their Google account",
    },
];

fn later(time: Timestamp, wait: Duration) -> Timestamp {
    time.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// JSON with sorted keys and without white space: the same bytes for the same receipt,
/// whoever wrote it. Receipts hold whole numbers and text alone, for which this is the
/// canonical form of RFC 8785.
#[must_use]
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields: Vec<String> = sorted
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

/// Whether `receipt`, as it was answered, was signed by the key: how anybody checks one.
#[must_use]
pub fn verify(receipt: &Value, signature: &str, public_key: &str) -> bool {
    let (Ok(signature), Ok(key)) = (URL_SAFE_NO_PAD.decode(signature), URL_SAFE_NO_PAD.decode(public_key)) else {
        return false;
    };
    UnparsedPublicKey::new(&ED25519, key).verify(canonical(receipt).as_bytes(), &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Count, DeletionStatus,
        deletion::tests::{at, work},
    };
    use serde_json::json;

    fn signer() -> ReceiptSigner {
        ReceiptSigner::from_seed(&URL_SAFE_NO_PAD.encode([3; 32])).unwrap()
    }

    fn signed() -> SignedReceipt {
        let mut work = work(DeletionStatus::Settling);
        work.deletion.purged_at = Some(at(7));
        work.counts = Counts::from([("media".to_owned(), Count { items: 0, objects: 3 })]);
        signer().receipt(&work, at(8), 7).unwrap()
    }

    #[test]
    fn a_receipt_says_when_how_much_and_what_is_kept() {
        let receipt: Value = serde_json::from_str(&signed().text).unwrap();
        assert_eq!(receipt["days_until_due"], 22);
        assert_eq!(receipt["backups_gone_by"], at(14).to_string());
        assert_eq!(receipt["erased"], json!({"media": {"items": 0, "objects": 3}}));
        assert_eq!(receipt["kept"][0]["until"], at(97).to_string());
        assert!(!signed().text.contains("01929e6b"), "no id of the account may stand on a receipt");
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
    fn what_is_kept_longest_counts() {
        assert_eq!(backup_days("7", "14").unwrap(), 14);
        assert_eq!(backup_days("7", "5").unwrap(), 7);
        assert!(backup_days("seven", "5").is_err() && backup_days("7", "").is_err());
    }

    #[test]
    fn order_and_white_space_do_not_make_another_receipt() {
        let one: Value = serde_json::from_str(r#"{ "b": [1, {"d": "\u00fc\n", "c": null}], "a": true }"#).unwrap();
        assert_eq!(canonical(&one), "{\"a\":true,\"b\":[1,{\"c\":null,\"d\":\"\u{fc}\\n\"}]}");
    }
}
