//! Every function, started as at a cold start.

use crate::Event;
use runtime::{Ctx, Init, http, queue, schedule};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use testkit::has_policies;

/// Lists the functions once and makes everything that must name each of them.
macro_rules! functions {
    (
        http { $($route:ident = $route_package:literal,)* }
        queue { $($worker:ident = $worker_package:literal,)* }
        schedule { $($tick:ident = $tick_package:literal,)* }
    ) => {
        /// The functions that answer HTTP, by package.
        pub const HTTP: &[&str] = &[$($route_package),*];

        /// The functions that work in the background, by package.
        pub const JOBS: &[&str] = &[$($worker_package,)* $($tick_package),*];

        /// What each function holds once it has started.
        pub(crate) struct Functions {
            $($route: Arc<::$route::Deps>,)*
            $($worker: Arc<::$worker::Deps>,)*
            $($tick: Arc<::$tick::Deps>,)*
        }

        impl Functions {
            /// Starts every function on what `init` gives it.
            pub(crate) async fn start(init: impl Fn(&str) -> Init) -> Self {
                Self {
                    $($route: started($route_package, ::$route::Deps::new(&init($route_package)).await),)*
                    $($worker: started($worker_package, ::$worker::Deps::new(&init($worker_package)).await),)*
                    $($tick: started($tick_package, ::$tick::Deps::new(&init($tick_package)).await),)*
                }
            }

            /// Answers an HTTP event.
            pub(crate) async fn answer(&self, event: &Event, ctx: Ctx) -> http::Response {
                let text = event.to_text();
                let request = http::Request::from_event(&text)
                    .unwrap_or_else(|error| panic!("the event is not one of the HTTP API: {error}: {text}"));
                match event.function() {
                    $($route_package => http::answer(::$route::handle, self.$route.clone(), ctx, request).await,)*
                    other => panic!("{other} answers no HTTP: add it to tests/src/functions.rs"),
                }
            }

            /// Hands a batch to a queue's function. Answers the ids of the messages that
            /// it gives back.
            pub(crate) async fn work(&self, event: &Event, ctx: Ctx) -> Vec<String> {
                let text = event.to_text();
                let failed = match event.function() {
                    $($worker_package => {
                        queue::answer(::$worker::handle, self.$worker.clone(), ctx, read(&text)).await.batch_item_failures
                    })*
                    other => panic!("{other} works on no queue: add it to tests/src/functions.rs"),
                };
                failed.into_iter().map(|failure| failure.item_identifier).collect()
            }

            /// Runs one tick of a schedule.
            pub(crate) async fn tick(&self, event: &Event, ctx: Ctx) -> kernel::Result<()> {
                match event.function() {
                    $($tick_package => schedule::answer(::$tick::handle, self.$tick.clone(), ctx).await,)*
                    other => panic!("{other} runs on no schedule: add it to tests/src/functions.rs"),
                }
            }
        }
    };
}

functions! {
    http {
        get_account = "get-account",
        checkout = "checkout",
        get_credits = "get-credits",
        get_usage = "get-usage",
        list_plans = "list-plans",
        stripe_webhook = "stripe-webhook",
        cancel_generation = "cancel-generation",
        delete_generation = "delete-generation",
        generate = "generate",
        get_generation = "get-generation",
        list_generations = "list-generations",
        list_models = "list-models",
        provider_webhook = "provider-webhook",
        quote = "quote",
        update_generation = "update-generation",
        upload = "upload",
        login = "login",
        login_callback = "login-callback",
        logout = "logout",
        refresh_session = "refresh-session",
        cancel_deletion = "cancel-deletion",
        delete_account = "delete-account",
        deletion_status = "deletion-status",
        site = "site",
    }
    queue {
        run_generation = "run-generation",
        collect_media = "collect-media",
        make_thumbnails = "make-thumbnails",
        purge_account = "purge-account",
    }
    schedule {
        sweep_generations = "sweep-generations",
        schedule_purges = "schedule-purges",
    }
}

/// The route keys of what can change something for somebody who is signed in: all but what
/// only reads, what partners call, the pages, and what may touch nothing at all.
#[must_use]
pub fn changing_routes() -> Vec<String> {
    let powerful = HTTP.iter().filter(|function| has_policies(function));
    let routes =
        powerful.map(|function| Event::recorded(function).json()["routeKey"].as_str().unwrap_or_default().to_owned());
    routes.filter(|route| !route.starts_with("GET ") && !route.contains('$') && !route.contains("/webhooks/")).collect()
}

fn started<D>(package: &str, deps: kernel::Result<D>) -> Arc<D> {
    match deps {
        Ok(deps) => Arc::new(deps),
        Err(error) => panic!("{package} does not start: {error}, because {:?}", error.cause().map(ToString::to_string)),
    }
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("the event is none of SQS: {error}: {text}"))
}
