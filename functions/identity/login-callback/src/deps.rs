//! The dependencies.

use accounts::{AccountStore, PictureQueue};
use credits::CreditStore;
use identity::{AppleSettings, FacebookSettings, GoogleSettings, IdentityPartners, TokenSeal};
use kernel::{Error, Result};
use privacy::{HashKeys, WelcomeMarkers};
use runtime::{Init, http::Edge};
use session::{PseudonymKeys, Seal, Signer};
use transient::{AccountRates, NetworkKeys, NetworkRates, SignInAttempts, WelcomeLots};

/// All secrets of this function.
const SECRETS: [&str; 9] = [
    "apple-private-key",
    "erasure-hash-key",
    "facebook-app-secret",
    "google-client-secret",
    "network-hash-key",
    "partner-token-key",
    "pseudonym-key",
    "session-signing-key",
    "sign-in-sealing-key",
];

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    pub(crate) partners: IdentityPartners,
    /// Opens the attempts.
    pub(crate) seal: Seal,
    /// Seals the refresh tokens of partners.
    pub(crate) partner_tokens: TokenSeal,
    pub(crate) signer: Signer,
    pub(crate) accounts: AccountStore,
    pub(crate) credits: CreditStore,
    pub(crate) welcome_markers: WelcomeMarkers,
    pub(crate) edge: Edge,
    pub(crate) rates: NetworkRates,
    pub(crate) account_rates: AccountRates,
    pub(crate) attempts: SignInAttempts,
    pub(crate) welcome_lots: WelcomeLots,
    pub(crate) pictures: PictureQueue,
    /// The age that a person must declare to have reached, in years.
    pub(crate) minimum_age: u8,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret, or for a `MINIMUM_AGE` that is no number of years.
    pub async fn new(init: &Init) -> Result<Self> {
        let table = init.table("TRANSIENT_TABLE")?;
        let secrets = init.secrets(&SECRETS).await?;
        let var = |name| init.var(name).map(str::to_owned);
        let public_origin = var("PUBLIC_ORIGIN")?;
        let google = GoogleSettings {
            client_id: var("GOOGLE_CLIENT_ID")?,
            client_secret: secrets.get("google-client-secret")?.current().to_owned(),
            issuer: var("GOOGLE_ISSUER")?,
            token_url: var("GOOGLE_TOKEN_URL")?,
            jwks_url: var("GOOGLE_JWKS_URL")?,
            public_origin: public_origin.clone(),
        };
        let apple = AppleSettings::read(|name| init.var(name), |name| secrets.current(name))?;
        let facebook = FacebookSettings {
            app_id: var("FACEBOOK_APP_ID")?,
            app_secret: secrets.get("facebook-app-secret")?.current().to_owned(),
            graph_url: var("FACEBOOK_GRAPH_URL")?,
            public_origin: public_origin.clone(),
        };
        let pseudonyms = PseudonymKeys::from_keys(secrets.get("pseudonym-key")?.accepted())?;
        let keys = HashKeys::from_keys(secrets.get("erasure-hash-key")?.accepted())?;
        let network_keys = NetworkKeys::from_key(secrets.get("network-hash-key")?.current())?;
        Ok(Self {
            partners: IdentityPartners::new(init.vendors()?, google, apple, facebook)?,
            seal: Seal::from_keys(secrets.get("sign-in-sealing-key")?.accepted())?,
            partner_tokens: TokenSeal::from_keys(secrets.get("partner-token-key")?.accepted())?,
            signer: Signer::from_seed(secrets.get("session-signing-key")?.current(), pseudonyms, &public_origin)?,
            accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
            credits: CreditStore::new(init.table("CREDITS_TABLE")?),
            welcome_markers: WelcomeMarkers::new(init.table("DELETION_RECEIPTS_TABLE")?, keys),
            edge: init.edge()?,
            rates: NetworkRates::new(table.clone(), network_keys.clone()),
            account_rates: AccountRates::new(table.clone()),
            attempts: SignInAttempts::new(table.clone()),
            welcome_lots: WelcomeLots::new(table, network_keys),
            pictures: PictureQueue::new(init.queue("PICTURE_QUEUE_URL")?),
            minimum_age: init.var("MINIMUM_AGE")?.parse().map_err(Error::internal)?,
        })
    }
}
