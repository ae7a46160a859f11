//! The partners' fakes in a world.

use crate::{
    functions::PUBLIC_ORIGIN,
    google::{
        consent::{CLIENT_SECRET, GOOGLE_JWKS_URL, GOOGLE_PICTURES, GOOGLE_TOKEN_URL},
        fake::FakeGoogle,
    },
    partners::partner::{APPLE_ISSUER, BFL_API, FACEBOOK_GRAPH, FACEBOOK_SITE, FAL_API, REPLICATE_API, STRIPE_API},
    random::Random,
    world::World,
};
use local::fakes::{
    AppleClientKey, FakeApple, FakeAppleSettings, FakeBfl, FakeBflSettings, FakeFacebook, FakeFacebookSettings,
    FakeFal, FakeFalSettings, FakeReplicate, FakeReplicateSettings, FakeStripe, FakeStripeSettings,
};

impl World {
    /// Registers a fake Google at [`GOOGLE_TOKEN_URL`], [`GOOGLE_JWKS_URL`] and [`GOOGLE_PICTURES`], and
    /// keeps our client's secret as `google-client-secret`.
    pub fn google(&self) -> FakeGoogle {
        let chance = Random::new(self.chance(Random::next_u64));
        let google = FakeGoogle::new(self.state().clock().clone(), chance);
        self.put_secret("google-client-secret", CLIENT_SECRET);
        for url in [GOOGLE_TOKEN_URL, GOOGLE_JWKS_URL, GOOGLE_PICTURES] {
            self.register(url.split('/').nth(2).unwrap_or_default(), google.clone());
        }
        google
    }

    /// Registers a fake Apple at [`APPLE_ISSUER`], and keeps our new key there as
    /// `apple-private-key`. Its `sign_in` presses "Continue"; the test delivers the notifications
    /// of `take_webhooks(world.now())`.
    ///
    /// # Panics
    /// When the machine has no randomness.
    pub fn apple(&self) -> FakeApple {
        let key = AppleClientKey::generate().expect("a key can be made");
        let apple = FakeApple::new(FakeAppleSettings::new(APPLE_ISSUER, PUBLIC_ORIGIN, key.public));
        self.put_secret("apple-private-key", &key.pem);
        self.register(APPLE_ISSUER.trim_start_matches("https://"), apple.clone());
        apple
    }

    /// Registers a fake Facebook at [`FACEBOOK_GRAPH`] and [`FACEBOOK_SITE`]. The world keeps the
    /// secret of our app as `facebook-app-secret`. Its `sign_in` presses "Continue"; the test
    /// delivers the callbacks of `take_webhooks(world.now())`.
    pub fn facebook(&self) -> FakeFacebook {
        let settings = FakeFacebookSettings::new(FACEBOOK_GRAPH, PUBLIC_ORIGIN);
        let facebook = FakeFacebook::new(FakeFacebookSettings { dialog_base: FACEBOOK_SITE.to_owned(), ..settings });
        self.put_secret("facebook-app-secret", &facebook.settings().app_secret);
        for base in [FACEBOOK_GRAPH, FACEBOOK_SITE] {
            self.register(base.trim_start_matches("https://"), facebook.clone());
        }
        facebook
    }

    /// Registers a fake Black Forest Labs below [`BFL_API`]; it serves its output files
    /// there too. The world keeps its key as a secret. The test delivers the webhooks of
    /// `take_webhooks(world.now())`.
    pub fn bfl(&self) -> FakeBfl {
        let base = BFL_API.trim_end_matches("/v1");
        let bfl = FakeBfl::new(FakeBflSettings::new(base));
        self.put_secret("bfl-api-key", &bfl.settings().api_key);
        self.register(base.trim_start_matches("https://"), bfl.clone());
        bfl
    }

    /// Registers a fake fal at [`FAL_API`]; it serves its output files, its published keys
    /// and its platform API there too. The world keeps its key as a secret. The test
    /// delivers the webhooks of `take_webhooks(world.now())`.
    pub fn fal(&self) -> FakeFal {
        let fal = FakeFal::new(FakeFalSettings::new(FAL_API));
        self.put_secret("fal-api-key", &fal.settings().api_key);
        self.register(FAL_API.trim_start_matches("https://"), fal.clone());
        fal
    }

    /// Registers a fake Replicate below [`REPLICATE_API`]; it serves its output files there
    /// too. The world keeps its token and its webhook secret as secrets. The test delivers
    /// the webhooks of `take_webhooks(world.now())`.
    pub fn replicate(&self) -> FakeReplicate {
        let base = REPLICATE_API.trim_end_matches("/v1");
        let replicate = FakeReplicate::new(FakeReplicateSettings::new(base));
        self.put_secret("replicate-api-token", &replicate.settings().api_token);
        self.put_secret("replicate-webhook-secret", &replicate.settings().webhook_secret);
        self.register(base.trim_start_matches("https://"), replicate.clone());
        replicate
    }

    /// Registers a fake Stripe at [`STRIPE_API`]. The world keeps its key and its webhook
    /// secret as secrets. Its `pay` presses "Pay"; the test delivers the webhooks of
    /// `take_webhooks(world.now())`.
    pub fn stripe(&self) -> FakeStripe {
        let webhook_url = format!("{PUBLIC_ORIGIN}/v1/webhooks/stripe");
        let stripe = FakeStripe::new(FakeStripeSettings::new(STRIPE_API, webhook_url));
        self.put_secret("stripe-secret-key", &stripe.settings().secret_key);
        self.put_secret("stripe-webhook-secret", &stripe.settings().webhook_secret);
        self.register(STRIPE_API.trim_start_matches("https://"), stripe.clone());
        stripe
    }
}
