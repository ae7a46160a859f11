//! Queue `purge`: erases the account of a due deletion, checks at once and a day later that
//! nothing is left, and writes the signed receipt (P15). Before the erasure it asks Apple to revoke its token.

mod partners;

use accounts::AccountStore;
use billing::PaymentStore;
use cases::CaseStore;
use credits::CreditStore;
use generations::{GenerationStore, RequestCancel};
use identity::{AppleSettings, PartnerTokens, TokenSeal};
use kernel::Result;
use mail::AccountMails;
use media::MediaStore;
use partners::Partners;
use privacy::{
    AllPersonalData, CloseAccount, DeletionStore, HashKeys, PersonalStores, PurgeAccount, PurgeMessage, PurgeOutcome,
    ReceiptSigner, backup_days,
};
use runtime::{Ctx, Init};
use std::sync::Arc;
use transient::AccountRates;

/// The tables, secrets and clients of this function: all stores that have personal data.
#[derive(Debug)]
pub struct Deps {
    purge: PurgeAccount,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let names = ["apple-private-key", "erasure-hash-key", "partner-token-key", "receipt-signing-key"];
        let secrets = init.secrets(&names).await?;
        let deletions = DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?);
        let accounts = AccountStore::new(init.table("ACCOUNTS_TABLE")?);
        let credits = CreditStore::new(init.table("CREDITS_TABLE")?);
        let generations = GenerationStore::new(init.table("GENERATIONS_TABLE")?);
        let cases = CaseStore::new(init.table("CASES_TABLE")?);
        let payments = PaymentStore::new(init.table("CREDITS_TABLE")?);
        let media = MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?);
        let request_counts = AccountRates::new(init.table("TRANSIENT_TABLE")?);
        let mails = AccountMails::new(init.table("ACCOUNTS_TABLE")?);
        let personal_data = AllPersonalData::new(PersonalStores {
            media,
            generations: generations.clone(),
            cases,
            payments,
            credits: credits.clone(),
            request_counts,
            mails,
            accounts: accounts.clone(),
        });
        let apple = AppleSettings::read(|name| init.var(name), |name| secrets.current(name))?;
        let seal = TokenSeal::from_keys(secrets.get("partner-token-key")?.accepted())?;
        let cancel = RequestCancel { generations, credits: credits.clone() };
        Ok(Self {
            purge: PurgeAccount {
                deletions: deletions.clone(),
                personal_data,
                close: CloseAccount { deletions, accounts, credits, cancel },
                partners: Box::new(Partners(PartnerTokens::new(init.vendors()?, apple, seal)?)),
                keys: HashKeys::from_keys(secrets.get("erasure-hash-key")?.accepted())?,
                signer: ReceiptSigner::from_seed(secrets.get("receipt-signing-key")?.current())?,
                backup_days: backup_days(init.var("PITR_DAYS")?, init.var("LOG_DAYS")?)?,
            },
        })
    }
}

/// Takes the steps of one deletion that are due.
///
/// # Errors
/// `unavailable`; SQS delivers the message again, and the schedule continues.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, message: PurgeMessage) -> Result<PurgeOutcome> {
    deps.purge.purge(&message, ctx.time_left(), &ctx.ids, ctx.now).await
}
