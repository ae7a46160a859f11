//! The receipt of a deletion: its content, its canonical form and its signature. Pure.

mod signed;
mod signer;

pub use signed::{SignedReceipt, canonical, verify};
pub use signer::{ReceiptSigner, backup_days};
