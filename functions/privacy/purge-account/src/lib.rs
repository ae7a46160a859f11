//! Queue `purge`: erases the account of a deletion that is due, looks for it again at once
//! and a day later, and writes the signed receipt (P15).

use accounts::AccountStore;
use billing::Payments;
use credits::CreditStore;
use generations::{GenerationStore, RequestCancel};
use kernel::Result;
use media::MediaStore;
use privacy::{Close, DeletionStore, Everything, HashKeys, Purge, PurgeMessage, Purged, ReceiptSigner, backup_days};
use runtime::{Ctx, Init};
use std::sync::Arc;

/// What the function may touch: everything that there is about a person.
#[derive(Debug)]
pub struct Deps {
    purge: Purge,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable or secret that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&["erasure-hash-key", "receipt-signing-key"]).await?;
        let receipts = DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?);
        let accounts = AccountStore::new(init.table("ACCOUNTS_TABLE")?);
        let credits = CreditStore::new(init.table("CREDITS_TABLE")?);
        let generations = GenerationStore::new(init.table("GENERATIONS_TABLE")?);
        let payments = Payments::new(init.table("CREDITS_TABLE")?);
        let media = MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?);
        let everything = Everything::new(media, generations.clone(), payments, credits.clone(), accounts.clone());
        let cancel = RequestCancel { generations, credits: credits.clone() };
        Ok(Self {
            purge: Purge {
                receipts: receipts.clone(),
                everything,
                close: Close { receipts, accounts, credits, cancel },
                keys: HashKeys::from_keys(secrets.get("erasure-hash-key")?.accepted())?,
                signer: ReceiptSigner::from_seed(secrets.get("receipt-signing-key")?.current())?,
                backup_days: backup_days(init.var("PITR_DAYS")?, init.var("LOG_DAYS")?)?,
            },
        })
    }
}

/// Does what is to be done for one deletion now.
///
/// # Errors
/// `unavailable`; the message comes again, and the schedule goes on.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, message: PurgeMessage) -> Result<Purged> {
    deps.purge.purge(&message, ctx.time_left(), &ctx.ids, ctx.now).await
}
