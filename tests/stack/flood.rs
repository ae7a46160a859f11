//! Reserved concurrency: a flood on the page and on the sign-in leaves webhooks and schedules running.
//!
//! The template decides which functions have places of their own. `infra/local/cloud.py` teaches MiniStack
//! how Lambda counts them.

use crate::{
    person::{client, send},
    stack::{Stack, eventually, no_log_holds_a_sent_text, run},
};
use local::PlatformOptions;
use policy::{
    template::{FUNCTION, Template},
    yaml::Node,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::task::JoinSet;

/// The places that all functions without a reservation share.
const SHARED: u32 = 2;
/// Requests of the flood that are under way at any time.
const AT_ONCE: usize = 16;
/// Webhooks, and runs of the schedule, that come during the flood.
const WEBHOOKS: usize = 20;
const RUNS: usize = 5;

/// The places that the template reserves.
fn reserved() -> u32 {
    let template = Template::read();
    let places = template.all(FUNCTION).filter_map(|function| {
        let places = function.get(&["ReservedConcurrentExecutions"])?.items().get(1).and_then(Node::number);
        places.and_then(|places| u32::try_from(places).ok())
    });
    places.sum()
}

/// The numbers of calls that were refused during a flood.
#[derive(Debug, PartialEq, Eq)]
struct Refused {
    flood: usize,
    webhooks: usize,
    runs: usize,
}

/// Requests for the page and for a sign-in, again and again until it is dropped.
struct Flood {
    refused: Arc<AtomicUsize>,
    _requests: JoinSet<()>,
}

impl Flood {
    fn begin(base: &str) -> Self {
        let (refused, mut requests) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
        for number in 0..AT_ONCE {
            let refused = Arc::clone(&refused);
            let url = format!("{base}{}", if number % 2 == 0 { "/" } else { "/v1/login/google" });
            requests.spawn(async move {
                let client = client();
                loop {
                    // API Gateway answers 503 for a call that Lambda refused, and MiniStack 429.
                    let answer = client.get(&url).send().await;
                    if answer.is_ok_and(|answer| [429, 503].contains(&answer.status().as_u16())) {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        Self { refused, _requests: requests }
    }

    fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }
}

/// Sends webhooks of Stripe and runs the sweep during a flood.
async fn during_a_flood(parameters: BTreeMap<&'static str, String>, places: u32) -> Refused {
    let stack = Stack::start(PlatformOptions { parameters, places, ..PlatformOptions::default() }).await;
    let flood = Flood::begin(stack.base());
    eventually("a flood that takes all shared places", async || (flood.refused() > AT_ONCE).then_some(())).await;
    let (before, mut webhooks, mut runs) = (flood.refused(), 0, 0);
    let stripe = stack.platform.stripe();
    for number in 0..WEBHOOKS {
        // An event that is not about our orders is answered 204.
        let told = stripe.event(stack.platform.now(), "customer.created", &json!({ "id": format!("cus_{number}") }));
        let request = client().post(&told.url).headers(told.headers).body(told.body);
        let answer = send(request, "POST /v1/webhooks/stripe".to_owned()).await;
        match answer.status {
            204 => {}
            429 | 503 => webhooks += 1,
            _ => panic!("a webhook is answered or refused: {answer}"),
        }
    }
    for _ in 0..RUNS {
        match stack.platform.invoke("SweepGenerations", &json!({})).await {
            Ok(_) => {}
            Err(error) if error.to_string().contains("429") => runs += 1,
            Err(error) => panic!("a run succeeds or is refused: {error}"),
        }
    }
    let refused = Refused { flood: flood.refused() - before, webhooks, runs };
    drop(flood);
    no_log_holds_a_sent_text(&stack.platform).await;
    stack.platform.stop().await;
    refused
}

#[test]
fn a_flood_leaves_webhooks_and_schedules_running_if_places_are_reserved() {
    run(async {
        let reserves = BTreeMap::from([("ReserveConcurrency", "true".to_owned())]);
        let with = during_a_flood(reserves, reserved() + SHARED).await;
        println!("with reserved places: {with:?} of {WEBHOOKS} webhooks and {RUNS} runs");
        assert_eq!((with.webhooks, with.runs), (0, 0), "nothing with a place of its own may be refused: {with:?}");
        assert!(with.flood > 0, "the flood must take all shared places meanwhile: {with:?}");
        let without = during_a_flood(BTreeMap::new(), SHARED).await;
        println!("without: {without:?}");
        assert!(
            without.webhooks > 0 && without.runs > 0,
            "without a reservation the same flood starves both: {without:?}"
        );
    });
}
