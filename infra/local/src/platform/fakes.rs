//! The fakes on sockets of their own.

use super::{listener::listen, secrets::LocalSecrets};
use crate::{
    clock::LocalClock,
    error::LocalError,
    fakes::{
        self, Fake, FakeAdNetwork, FakeAdNetworkSettings, FakeApple, FakeAppleSettings, FakeBfl, FakeBflSettings,
        FakeFacebook, FakeFacebookSettings, FakeFal, FakeFalSettings, FakeReplicate, FakeReplicateSettings, FakeStripe,
        FakeStripeSettings, PartnerProtocol,
    },
};
use tokio::task::JoinSet;

/// The fakes, each on a socket.
#[derive(Debug)]
pub struct RunningFakes {
    pub ads: FakeAdNetwork,
    pub apple: FakeApple,
    pub bfl: FakeBfl,
    pub facebook: FakeFacebook,
    pub fal: FakeFal,
    pub replicate: FakeReplicate,
    pub stripe: FakeStripe,
}

impl RunningFakes {
    /// Starts each fake on a free port. Their servers run in `servers`.
    ///
    /// # Errors
    /// When a secret is missing or no port is free.
    pub async fn start(
        servers: &mut JoinSet<()>,
        secrets: &LocalSecrets,
        clock: &LocalClock,
        origin: &str,
    ) -> Result<Self, LocalError> {
        let secret = |name: &str| {
            let value = secrets.get(name).map(str::to_owned);
            value.ok_or_else(|| LocalError::new(format!("there is no secret {name}")))
        };
        let clock = clock.for_fakes();
        let ads = start(servers, |base| {
            FakeAdNetwork::new(FakeAdNetworkSettings { clock: clock.clone(), ..FakeAdNetworkSettings::new(base) })
        });
        let ads = ads.await?;
        let client_key = secrets.apple_public_key().to_vec();
        let apple = start(servers, |base| {
            let settings = FakeAppleSettings::new(base, origin, client_key);
            FakeApple::new(FakeAppleSettings { clock: clock.clone(), ..settings })
        });
        let apple = apple.await?;
        let with_keys = apple.clone();
        servers.spawn_blocking(move || with_keys.make_keys());
        let app_secret = secret("facebook-app-secret")?;
        let facebook = start(servers, |base| {
            let settings = FakeFacebookSettings::new(base, origin);
            FakeFacebook::new(FakeFacebookSettings { app_secret, clock: clock.clone(), ..settings })
        });
        let facebook = facebook.await?;
        let api_key = secret("bfl-api-key")?;
        let bfl = start(servers, |base| {
            FakeBfl::new(FakeBflSettings { api_key, clock: clock.clone(), ..FakeBflSettings::new(base) })
        });
        let bfl = bfl.await?;
        let api_key = secret("fal-api-key")?;
        let fal = start(servers, |base| {
            FakeFal::new(FakeFalSettings { api_key, clock: clock.clone(), ..FakeFalSettings::new(base) })
        });
        let fal = fal.await?;
        let (api_token, webhook_secret) = (secret("replicate-api-token")?, secret("replicate-webhook-secret")?);
        let replicate = start(servers, |base| {
            let settings = FakeReplicateSettings::new(base);
            FakeReplicate::new(FakeReplicateSettings { api_token, webhook_secret, clock: clock.clone(), ..settings })
        });
        let replicate = replicate.await?;
        let (secret_key, webhook_secret) = (secret("stripe-secret-key")?, secret("stripe-webhook-secret")?);
        let stripe = start(servers, |base| {
            let settings = FakeStripeSettings::new(base, format!("{origin}/v1/webhooks/stripe"));
            FakeStripe::new(FakeStripeSettings { secret_key, webhook_secret, clock: clock.clone(), ..settings })
        });
        let stripe = stripe.await?;
        Ok(Self { ads, apple, bfl, facebook, fal, replicate, stripe })
    }
}

/// Starts a fake on a free port. `make` gets its address.
async fn start<P: PartnerProtocol>(
    servers: &mut JoinSet<()>,
    make: impl FnOnce(String) -> Fake<P>,
) -> Result<Fake<P>, LocalError> {
    let listener = listen(0).await?;
    let fake = make(format!("http://{}", listener.local_addr()?));
    servers.spawn(fakes::serve(fake.clone(), listener));
    Ok(fake)
}
