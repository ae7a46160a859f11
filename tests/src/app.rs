//! The service at the seam.

use crate::{
    answer::Answer,
    browser::{Browser, Person},
    early::{Early, Gate},
    event::Event,
    functions::Functions,
};
use local::fakes::{FakeBfl, FakeFal, FakeReplicate, FakeStripe};
use net::Http;
use runtime::{Asked, Platform};
use std::{collections::BTreeMap, fmt, pin::pin, sync::Arc};
use testkit::{Died, FakeGoogle, GoogleProfile, QueueMessage, World};

/// Every function of ours, started on one world with a Google, AI providers and a Stripe. Cheap
/// to clone; clones are the same service.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    world: World,
    partners: Partners,
    functions: Functions,
    gate: Arc<Gate>,
}

/// Everybody outside.
#[derive(Clone)]
struct Partners {
    google: FakeGoogle,
    bfl: FakeBfl,
    fal: FakeFal,
    replicate: FakeReplicate,
    stripe: FakeStripe,
}

impl App {
    /// A service that nobody has used yet, in the world that `seed` names.
    ///
    /// # Panics
    /// When a function does not start.
    pub async fn new(seed: u64) -> Self {
        Self::on(World::new(seed)).await
    }

    /// The same where the SDK repeats what failed, as it does in production.
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
            bfl: world.bfl(),
            fal: world.fal(),
            replicate: world.replicate(),
            stripe: world.stripe(),
        };
        Self::started(world, partners).await
    }

    /// The same service after all of its processes were started anew.
    ///
    /// # Panics
    /// When a function does not start.
    pub async fn restarted(&self) -> Self {
        Self::started(self.world().clone(), self.0.partners.clone()).await
    }

    async fn started(world: World, partners: Partners) -> Self {
        let gate = Arc::<Gate>::default();
        let early = Http::new(Early { world: world.clone(), gate: gate.clone() });
        let (aws, net) = (world.clients(), world.net());
        // A clone has the client of DynamoDB that was made before it.
        let _ = aws.dynamodb();
        let functions = Functions::start(|package| {
            // The partner of this one may send the webhook before it answers.
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

    /// The world that it runs in.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.0.world
    }

    /// Where people sign in.
    #[must_use]
    pub fn google(&self) -> &FakeGoogle {
        &self.0.partners.google
    }

    /// Who makes the media of some models.
    #[must_use]
    pub fn bfl(&self) -> &FakeBfl {
        &self.0.partners.bfl
    }

    /// Who makes the media of some models.
    #[must_use]
    pub fn fal(&self) -> &FakeFal {
        &self.0.partners.fal
    }

    /// Who makes the media of most models.
    #[must_use]
    pub fn replicate(&self) -> &FakeReplicate {
        &self.0.partners.replicate
    }

    /// Where people pay.
    #[must_use]
    pub fn stripe(&self) -> &FakeStripe {
        &self.0.partners.stripe
    }

    /// A browser that has not been here yet.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.clone())
    }

    /// Somebody who signs in for the first time, all the way through Google.
    ///
    /// # Panics
    /// When it does not work.
    pub async fn sign_in(&self, name: &str) -> Person {
        self.browser().sign_in(&GoogleProfile::new(name)).await
    }

    /// Sends an HTTP event.
    ///
    /// # Panics
    /// When the answer lacks what every answer must have.
    pub async fn send(&self, event: Event) -> Answer {
        let ctx = self.world().ctx(event.function());
        // Boxed, because the futures of all functions together are large.
        Answer::checked(Box::pin(self.0.functions.answer(&event, ctx)).await)
    }

    /// Hands a batch event to a queue's function. Answers the ids of the messages that it
    /// gives back.
    pub async fn work(&self, event: &Event) -> Vec<String> {
        let ctx = self.world().ctx(event.function());
        Box::pin(self.0.functions.work(event, ctx)).await
    }

    /// Hands one message to its queue's function, as a process of its own. Answers whether
    /// it was done; if not, or if the process died, SQS gives the message again.
    pub async fn hand_over(&self, function: &str, message: &QueueMessage) -> bool {
        let event = Event::of(function, message.event());
        let mut process = pin!(self.world().run(self.work(&event)));
        let ended = loop {
            tokio::select! {
                biased;
                ended = &mut process => break ended,
                () = self.0.gate.waits.notified() => {
                    // Boxed, because it hands messages over itself.
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

    /// A webhook that is faster than the answer to the submission, and all that follows.
    async fn webhook_first(&self) {
        self.deliver_webhooks().await;
        self.work_on("media").await;
    }

    /// Runs one sweep, as a process of its own. Answers whether it ran to its end.
    pub async fn sweep(&self) -> bool {
        self.tick("sweep-generations").await
    }

    /// Runs the schedule of this function once, as a process of its own. Answers whether
    /// it ran to its end.
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
