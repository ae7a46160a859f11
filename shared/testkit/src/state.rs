//! The state of a world: its clock, its random numbers, and the storage of each model. The
//! models of the services use it, and [`World`](crate::World) uses the models.

use crate::{
    calls::journal::Journal, clock::WorldClock, dynamodb::engine::Engine, lock::locked, partners::partner::Partners,
    random::Random, s3::store::ObjectStore, sqs::queues::Queues,
};
use kernel::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

/// The state of one world. Cheap to clone; clones are the same state.
#[derive(Clone)]
pub(crate) struct WorldState(Arc<Inner>);

struct Inner {
    clock: WorldClock,
    chance: Mutex<Random>,
    journal: Mutex<Journal>,
    dynamodb: Engine,
    s3: Mutex<ObjectStore>,
    queues: Mutex<Queues>,
    secrets: Mutex<BTreeMap<String, String>>,
    partners: Mutex<Partners>,
    violation: Mutex<Option<String>>,
}

impl WorldState {
    /// The tables of the template, an empty bucket, empty queues; nothing else.
    pub(crate) fn new(seed: u64) -> Self {
        let clock = WorldClock::default();
        Self(Arc::new(Inner {
            chance: Mutex::new(Random::stream(seed, "chance")),
            journal: Mutex::new(Journal::new(seed)),
            dynamodb: Engine::new(&clock),
            s3: Mutex::new(ObjectStore::new(Random::stream(seed, "s3"))),
            queues: Mutex::new(Queues::new(Random::stream(seed, "sqs"))),
            secrets: Mutex::default(),
            partners: Mutex::default(),
            violation: Mutex::default(),
            clock,
        }))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.clock.advance(by);
    }

    pub(crate) fn chance<T>(&self, draw: impl FnOnce(&mut Random) -> T) -> T {
        draw(&mut locked(&self.0.chance))
    }

    /// Fails the test with this message. The state keeps the message, and fails the test
    /// again when it is dropped: a caller that swallows the panic does not hide it.
    pub(crate) fn violated(&self, message: &str) -> ! {
        locked(&self.0.violation).get_or_insert_with(|| message.to_owned());
        panic!("{message}");
    }

    pub(crate) fn clock(&self) -> &WorldClock {
        &self.0.clock
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        locked(&self.0.journal)
    }

    pub(crate) fn dynamodb(&self) -> &Engine {
        &self.0.dynamodb
    }

    pub(crate) fn s3(&self) -> MutexGuard<'_, ObjectStore> {
        locked(&self.0.s3)
    }

    pub(crate) fn queues(&self) -> MutexGuard<'_, Queues> {
        locked(&self.0.queues)
    }

    pub(crate) fn secrets(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        locked(&self.0.secrets)
    }

    pub(crate) fn partners(&self) -> MutexGuard<'_, Partners> {
        locked(&self.0.partners)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(violation) = locked(&self.violation).take()
            && !std::thread::panicking()
        {
            panic!("{violation}");
        }
    }
}
