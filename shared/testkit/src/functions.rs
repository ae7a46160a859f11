//! The variables, the secrets and the context of functions in a world.

use crate::{
    dynamodb::tables::{
        ACCOUNTS_TABLE, CASES_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE, GENERATIONS_TABLE, TRANSIENT_TABLE,
    },
    google::consent::{GOOGLE_AUTHORIZE_URL, GOOGLE_CLIENT_ID, GOOGLE_ISSUER, GOOGLE_JWKS_URL, GOOGLE_TOKEN_URL},
    names::{MEDIA_BUCKET, REGION, SECRETS_PATH},
    partners::partner::{APPLE_ISSUER, BFL_API, FACEBOOK_GRAPH, FACEBOOK_SITE, FAL_API, REPLICATE_API, STRIPE_API},
    random::Random,
    template,
    world::World,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use local::fakes::{FakeAppleSettings, FakeFacebookSettings};
use ring::signature::{Ed25519KeyPair, KeyPair};
use runtime::{Ctx, Init, Platform};
use std::collections::BTreeMap;

/// The public origin of the world.
pub const PUBLIC_ORIGIN: &str = "https://cinemaxsai.test";

/// Our own secrets, each of 32 bytes. Every world has them. The methods that register
/// partners add the partners' secrets.
const OWN_SECRETS: [&str; 9] = [
    "session-signing-key",
    "sign-in-sealing-key",
    "webhook-mac-key",
    "order-mac-key",
    "receipt-signing-key",
    "erasure-hash-key",
    "network-hash-key",
    "partner-token-key",
    "pseudonym-key",
];

impl World {
    /// A function's cold start on this world. The function has exactly the variables that
    /// the template gives to this package.
    ///
    /// # Panics
    /// When the template has no such function, or gives it a variable for which the world
    /// has no value.
    #[must_use]
    pub fn init(&self, package: &str) -> Init {
        self.init_on(Platform { aws: self.clients(), vendors: self.net() }, package)
    }

    /// A cold start as [`World::init`], on existing clients.
    ///
    /// # Panics
    /// As [`World::init`].
    #[must_use]
    pub fn init_on(&self, platform: Platform, package: &str) -> Init {
        let Some(function) = template::function(package) else {
            self.violated(&format!("infra/template.yaml has no function {package}: add it"));
        };
        let mut values = self.variables();
        values.extend(self.set_variables().iter().map(|(name, value)| (*name, value.clone())));
        let variables = function.variables.into_iter().map(|name| match values.remove(name) {
            Some(value) => (name.to_owned(), value),
            None => {
                self.violated(&format!("testkit has no value for {name} of {package}: add one to its functions.rs"))
            }
        });
        Init::on(platform, variables.collect())
    }

    /// The context of an invocation of this package's function that begins now. Its
    /// deadline follows from the template's timeout.
    ///
    /// # Panics
    /// When the template has no such function.
    #[must_use]
    pub fn ctx(&self, package: &str) -> Ctx {
        let Some(function) = template::function(package) else {
            self.violated(&format!("infra/template.yaml has no function {package}: add it"));
        };
        Ctx {
            now: self.now(),
            signed_at: self.now(),
            ids: self.ids(),
            request_id: self.chance(|random| random.hex(32)),
            deadline: self.now() + SignedDuration::from_secs(function.timeout),
        }
    }

    /// The variables of all functions, with their values in this world.
    #[must_use]
    pub fn variables(&self) -> BTreeMap<&'static str, String> {
        let partners_of_sign_in = apple_variables().into_iter().chain(facebook_variables());
        let others = BTreeMap::from([
            ("STAGE", "test".to_owned()),
            ("PUBLIC_ORIGIN", PUBLIC_ORIGIN.to_owned()),
            ("ACCOUNTS_TABLE", ACCOUNTS_TABLE.to_owned()),
            ("CASES_TABLE", CASES_TABLE.to_owned()),
            ("CREDITS_TABLE", CREDITS_TABLE.to_owned()),
            ("GENERATIONS_TABLE", GENERATIONS_TABLE.to_owned()),
            ("DELETION_RECEIPTS_TABLE", DELETION_RECEIPTS_TABLE.to_owned()),
            ("TRANSIENT_TABLE", TRANSIENT_TABLE.to_owned()),
            ("EDGE_PROOF_HASH", "none".to_owned()),
            ("MEDIA_BUCKET", MEDIA_BUCKET.to_owned()),
            ("MEDIA_ORIGIN", format!("https://{MEDIA_BUCKET}.s3.{REGION}.amazonaws.com")),
            ("GENERATION_QUEUE_URL", self.queue_url("generation")),
            ("MEDIA_QUEUE_URL", self.queue_url("media")),
            ("PICTURE_QUEUE_URL", self.queue_url("picture")),
            ("PURGE_QUEUE_URL", self.queue_url("purge")),
            ("THUMBNAIL_QUEUE_URL", self.queue_url("thumbnail")),
            ("MINIMUM_AGE", "18".to_owned()),
            ("PITR_DAYS", "7".to_owned()),
            ("LOG_DAYS", "7".to_owned()),
            ("SESSION_PUBLIC_KEYS", self.session_public_key()),
            ("SECRETS_PATH", SECRETS_PATH.to_owned()),
            ("GOOGLE_CLIENT_ID", GOOGLE_CLIENT_ID.to_owned()),
            ("GOOGLE_ISSUER", GOOGLE_ISSUER.to_owned()),
            ("GOOGLE_AUTHORIZE_URL", GOOGLE_AUTHORIZE_URL.to_owned()),
            ("GOOGLE_TOKEN_URL", GOOGLE_TOKEN_URL.to_owned()),
            ("GOOGLE_JWKS_URL", GOOGLE_JWKS_URL.to_owned()),
            ("BFL_API", BFL_API.to_owned()),
            ("FAL_API", FAL_API.to_owned()),
            ("FAL_JWKS_URL", format!("{FAL_API}/.well-known/jwks.json")),
            ("FAL_PLATFORM_API", format!("{FAL_API}/v1")),
            ("PAUSED", "none".to_owned()),
            ("ADVERTISING_TAG", "none".to_owned()),
            // The stand-ins of all three train nothing.
            ("ALLOW_TRAINING_VENDORS", "bfl,fal,replicate".to_owned()),
            ("BFL_DAILY_CAP", "50".to_owned()),
            ("FAL_DAILY_CAP", "50".to_owned()),
            ("REPLICATE_DAILY_CAP", "100".to_owned()),
            ("REPLICATE_API", REPLICATE_API.to_owned()),
            ("STRIPE_API", STRIPE_API.to_owned()),
            ("OPERATOR_NAME", "Test Studio".to_owned()),
            ("OPERATOR_ADDRESS", "Street 1, Town".to_owned()),
            ("OPERATOR_COUNTRY", "Germany".to_owned()),
            ("SUPPORT_ADDRESS", "support@cinemaxsai.com".to_owned()),
            ("VAT_ID", "none".to_owned()),
            ("REGISTER_ENTRY", "none".to_owned()),
        ]);
        others.into_iter().chain(partners_of_sign_in).collect()
    }

    /// The public half of `session-signing-key`.
    fn session_public_key(&self) -> String {
        let seed = BASE64_URL_SAFE_NO_PAD.decode(self.secret("session-signing-key")).expect("the key is base64url");
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("the key has 32 bytes");
        BASE64_URL_SAFE_NO_PAD.encode(pair.public_key())
    }

    /// Makes our own secrets from the seed, and keeps them.
    pub(crate) fn put_own_secrets(&self, mut chance: Random) {
        for name in OWN_SECRETS {
            let mut key = [0; 32];
            chance.fill(&mut key);
            self.put_secret(name, &BASE64_URL_SAFE_NO_PAD.encode(key));
        }
    }
}

/// Our client at the world's Apple, and its addresses.
fn apple_variables() -> [(&'static str, String); 9] {
    let settings = FakeAppleSettings::new(APPLE_ISSUER, PUBLIC_ORIGIN, Vec::new());
    [
        ("APPLE_AUTHORIZE_URL", settings.authorize_url()),
        ("APPLE_TOKEN_URL", settings.token_url()),
        ("APPLE_REVOKE_URL", settings.revoke_url()),
        ("APPLE_JWKS_URL", settings.jwks_url()),
        ("APPLE_ISSUER", settings.issuer().to_owned()),
        ("APPLE_NOTICE_CLIENT_IDS", format!("{}, com.cinemaxsai.other", settings.app_id)),
        ("APPLE_CLIENT_ID", settings.client_id),
        ("APPLE_TEAM_ID", settings.team_id),
        ("APPLE_KEY_ID", settings.key_id),
    ]
}

/// Our app at the world's Facebook, and its addresses.
fn facebook_variables() -> [(&'static str, String); 3] {
    let settings = FakeFacebookSettings::new(FACEBOOK_GRAPH, PUBLIC_ORIGIN);
    let settings = FakeFacebookSettings { dialog_base: FACEBOOK_SITE.to_owned(), ..settings };
    [
        ("FACEBOOK_AUTHORIZE_URL", settings.authorize_url()),
        ("FACEBOOK_GRAPH_URL", settings.graph_url()),
        ("FACEBOOK_APP_ID", settings.app_id),
    ]
}
