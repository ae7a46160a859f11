//! The whole service in one process, on a test world.

use crate::{
    answer::Answer,
    early::{Early, Gate},
    event::Event,
    functions::Functions,
    logs, openapi,
};
use local::fakes::{FakeApple, FakeBfl, FakeFacebook, FakeFal, FakeReplicate, FakeStripe};
use net::Http;
use runtime::{Asked, Platform};
use std::{collections::BTreeMap, fmt, pin::pin, sync::Arc};
use testkit::{Died, FakeGoogle, QueueMessage, World};

/// Every function, started on one world with fakes of the partners of sign-in, the AI providers and
/// Stripe. Clones are cheap and share the service.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    world: World,
    partners: Partners,
    functions: Functions,
    gate: Arc<Gate>,
}

/// The fakes of all partners.
#[derive(Clone)]
struct Partners {
    google: FakeGoogle,
    apple: FakeApple,
    facebook: FakeFacebook,
    bfl: FakeBfl,
    fal: FakeFal,
    replicate: FakeReplicate,
    stripe: FakeStripe,
}

impl App {
    /// An unused service, in the world of this seed.
    ///
    /// # Panics
    /// When a function does not start.
    pub async fn new(seed: u64) -> Self {
        Self::on(World::new(seed)).await
    }

    /// An unused service whose SDK repeats failed requests, as in production.
    ///
    /// # Panics
    /// When a function does not start.
    pub async fn repeating(seed: u64) -> Self {
        let world = World::new(seed);
        world.let_the_sdk_repeat();
        Self::on(world).await
    }

    async fn on(world: World) -> Self {
        let partners = Partners {
            google: world.google(),
            apple: world.apple(),
            facebook: world.facebook(),
            bfl: world.bfl(),
            fal: world.fal(),
            replicate: world.replicate(),
            stripe: world.stripe(),
        };
        Self::started(world, partners).await
    }

    /// The same service after a restart of all its processes.
    ///
    /// # Panics
    /// When a function does not start.
    pub async fn restarted(&self) -> Self {
        Self::started(self.world().clone(), self.0.partners.clone()).await
    }

    async fn started(world: World, partners: Partners) -> Self {
        logs::want_every_line();
        let gate = Arc::<Gate>::default();
        let early = Http::new(Early { world: world.clone(), gate: gate.clone() });
        let (aws, net) = (world.clients(), world.net());
        // A clone has the client of DynamoDB that was made before it.
        let _ = aws.dynamodb();
        let functions = Functions::start(|package| {
            // The provider of `run-generation` may send its webhook before it answers the submission.
            let vendors = if package == "run-generation" { &early } else { &net };
            world.init_on(Platform { aws: aws.clone(), vendors: vendors.clone() }, package)
        });
        let functions = functions.await;
        world.reset_count();
        Self(Arc::new(Inner { world, partners, functions, gate }))
    }

    /// The names of variables and secrets that each function's `Deps` asked for, by package.
    #[must_use]
    pub fn asked(&self) -> &BTreeMap<&'static str, Asked> {
        &self.0.functions.asked
    }

    /// The world in which the service runs.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.0.world
    }

    /// The fake of Google, where people sign in.
    #[must_use]
    pub fn google(&self) -> &FakeGoogle {
        &self.0.partners.google
    }

    /// The fake of Apple, where people sign in.
    #[must_use]
    pub fn apple(&self) -> &FakeApple {
        &self.0.partners.apple
    }

    /// The fake of Facebook, where people sign in.
    #[must_use]
    pub fn facebook(&self) -> &FakeFacebook {
        &self.0.partners.facebook
    }

    /// The fake of Black Forest Labs.
    #[must_use]
    pub fn bfl(&self) -> &FakeBfl {
        &self.0.partners.bfl
    }

    /// The fake of fal.
    #[must_use]
    pub fn fal(&self) -> &FakeFal {
        &self.0.partners.fal
    }

    /// The fake of Replicate, which runs most models.
    #[must_use]
    pub fn replicate(&self) -> &FakeReplicate {
        &self.0.partners.replicate
    }

    /// The fake of Stripe, where people pay.
    #[must_use]
    pub fn stripe(&self) -> &FakeStripe {
        &self.0.partners.stripe
    }

    /// Sends an HTTP event.
    ///
    /// # Panics
    /// When the answer lacks a security header, an error is no complete problem document, or the contract
    /// of the route does not list the answer.
    pub async fn send(&self, event: Event) -> Answer {
        let ctx = self.world().ctx(event.function());
        // Boxed, because the futures of all functions together are large.
        let answer = Answer::checked(Box::pin(self.0.functions.answer(&event, ctx)).await);
        openapi::check(&event, &answer);
        answer
    }

    /// Hands a batch event to a queue's function. Returns the ids of the messages that the
    /// function reports as failed.
    pub async fn work(&self, event: &Event) -> Vec<String> {
        let ctx = self.world().ctx(event.function());
        Box::pin(self.0.functions.work(event, ctx)).await
    }

    /// Hands one message to its queue's function, in a process of its own. Returns whether the
    /// function succeeded. If it failed or the process died, SQS delivers the message again.
    pub async fn hand_over(&self, function: &str, message: &QueueMessage) -> bool {
        let event = Event::of(function, message.event());
        let mut process = pin!(self.world().run(self.work(&event)));
        let ended = loop {
            tokio::select! {
                biased;
                ended = &mut process => break ended,
                () = self.0.gate.waits.notified() => {
                    // Boxed, because `webhook_first` calls `hand_over` again.
                    Box::pin(self.webhook_first()).await;
                    self.0.gate.opens.notify_one();
                }
            }
        };
        match ended {
            Ok(given_back) => given_back.is_empty(),
            Err(Died) => false,
        }
    }

    /// Delivers a webhook that overtakes the answer to the submission, and works on its message.
    async fn webhook_first(&self) {
        self.deliver_webhooks().await;
        self.work_on("media").await;
    }

    /// Runs one sweep, in a process of its own. Returns whether it succeeded.
    pub async fn sweep(&self) -> bool {
        self.tick("sweep-generations").await
    }

    /// Runs a scheduled function once, in a process of its own. Returns whether it succeeded.
    pub async fn tick(&self, function: &str) -> bool {
        let event = Event::recorded(function);
        let ctx = self.world().ctx(event.function());
        let run = Box::pin(self.0.functions.tick(&event, ctx));
        matches!(self.world().run(run).await, Ok(Ok(())))
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("App")
    }
}
