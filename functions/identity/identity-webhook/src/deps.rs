//! The dependencies of this function.

use accounts::{AccountStore, PictureQueue};
use credits::CreditStore;
use generations::{GenerationStore, RequestCancel};
use identity::{NoticeSettings, NoticeVerifier};
use kernel::Result;
use privacy::{ApplyNotice, CloseAccount, DeletionStore, HashKeys};
use runtime::Init;
use std::{fmt, iter};

/// The stage, for metrics; the origin of the addresses in answers; and the tables, secrets and clients of this
/// function.
pub struct Deps {
    pub(crate) stage: String,
    pub(crate) public_origin: String,
    pub(crate) verifier: NoticeVerifier,
    pub(crate) notices: ApplyNotice,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let secrets = init.secrets(&["erasure-hash-key", "facebook-app-secret"]).await?;
        let settings = NoticeSettings {
            google_client_ids: vec![init.var("GOOGLE_CLIENT_ID")?.to_owned()],
            google_issuer: init.var("GOOGLE_ISSUER")?.to_owned(),
            google_jwks_url: init.var("GOOGLE_JWKS_URL")?.to_owned(),
            apple_client_ids: apple_client_ids(init)?,
            apple_issuer: init.var("APPLE_ISSUER")?.to_owned(),
            apple_jwks_url: init.var("APPLE_JWKS_URL")?.to_owned(),
            facebook_app_secrets: secrets.get("facebook-app-secret")?.accepted().map(str::to_owned).collect(),
        };
        let credits = CreditStore::new(init.table("CREDITS_TABLE")?);
        let generations = GenerationStore::new(init.table("GENERATIONS_TABLE")?);
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            public_origin: init.var("PUBLIC_ORIGIN")?.to_owned(),
            verifier: NoticeVerifier::new(init.vendors()?, settings)?,
            notices: ApplyNotice {
                close: CloseAccount {
                    deletions: DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?),
                    accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
                    cancel: RequestCancel { generations, credits: credits.clone() },
                    credits,
                },
                keys: HashKeys::from_keys(secrets.get("erasure-hash-key")?.accepted())?,
                pictures: PictureQueue::new(init.queue("PICTURE_QUEUE_URL")?),
            },
        })
    }
}

/// Our Services ID, and the ids in whose name Apple may send beside it.
fn apple_client_ids(init: &Init) -> Result<Vec<String>> {
    let (services_id, others) = (init.var("APPLE_CLIENT_ID")?, init.var("APPLE_NOTICE_CLIENT_IDS")?);
    let others = others.split(',').map(str::trim).filter(|id| !id.is_empty());
    Ok(iter::once(services_id).chain(others).map(str::to_owned).collect())
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
