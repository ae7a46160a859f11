//! Every function, started as at a cold start. `build.rs` lists them from the manifest.

use crate::event::{Access, Event};
use contract::Route;
use runtime::{Asked, Ctx, Init, http, queue, schedule};
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, sync::Arc};
use testkit::has_policies;

/// Declares, from one list of the functions, all items that must name each of them.
macro_rules! functions {
    (
        http { $($route:ident = $route_package:literal,)* }
        queue { $($worker:ident = $worker_package:literal,)* }
        schedule { $($tick:ident = $tick_package:literal,)* }
        contract { $($contract:ident = $contract_package:literal in $area:literal,)* }
        contracts { $($several:ident = $several_package:literal in $several_area:literal,)* }
    ) => {
        /// The functions that answer HTTP, by package.
        pub const HTTP: &[&str] = &[$($route_package),*];

        /// The functions that work in the background, by package.
        pub const JOBS: &[&str] = &[$($worker_package,)* $($tick_package),*];

        /// The contracts of the routes, with the packages and areas of their functions.
        pub(crate) fn contracts() -> Vec<(&'static str, &'static str, Route)> {
            let one = [$(($contract_package, $area, ::$contract::contract())),*].into_iter();
            let several = [$(($several_package, $several_area, ::$several::contracts().to_vec())),*].into_iter();
            let several = several.flat_map(|(package, area, routes)| routes.into_iter().map(move |it| (package, area, it)));
            one.chain(several).collect()
        }

        /// The `Deps` of each function.
        pub(crate) struct Functions {
            /// The names that each function's `Deps` asked for, by package.
            pub(crate) asked: BTreeMap<&'static str, Asked>,
            $($route: Arc<::$route::Deps>,)*
            $($worker: Arc<::$worker::Deps>,)*
            $($tick: Arc<::$tick::Deps>,)*
        }

        impl Functions {
            /// Starts every function on its `Init`.
            pub(crate) async fn start(init: impl Fn(&str) -> Init) -> Self {
                let mut asked = BTreeMap::new();
                $(
                    let its = init($route_package);
                    let $route = started($route_package, ::$route::Deps::new(&its).await);
                    asked.insert($route_package, its.asked());
                )*
                $(
                    let its = init($worker_package);
                    let $worker = started($worker_package, ::$worker::Deps::new(&its).await);
                    asked.insert($worker_package, its.asked());
                )*
                $(
                    let its = init($tick_package);
                    let $tick = started($tick_package, ::$tick::Deps::new(&its).await);
                    asked.insert($tick_package, its.asked());
                )*
                Self { asked, $($route,)* $($worker,)* $($tick,)* }
            }

            /// Answers an HTTP event.
            pub(crate) async fn answer(&self, event: &Event, ctx: Ctx) -> http::Response {
                let text = event.to_text();
                let request = http::Request::from_event(&text)
                    .unwrap_or_else(|error| panic!("the event is not one of the HTTP API: {error}: {text}"));
                match event.function() {
                    $($route_package => http::answer(::$route::handle, self.$route.clone(), ctx, request).await,)*
                    other => panic!("{other} answers no HTTP: add it to tests/Cargo.toml"),
                }
            }

            /// Hands a batch to a queue's function. Returns the ids of the messages that it
            /// gives back.
            pub(crate) async fn work(&self, event: &Event, ctx: Ctx) -> Vec<String> {
                let text = event.to_text();
                let failed = match event.function() {
                    $($worker_package => {
                        queue::answer(::$worker::handle, self.$worker.clone(), ctx, read(&text)).await.batch_item_failures
                    })*
                    other => panic!("{other} has no queue: add it to tests/Cargo.toml"),
                };
                failed.into_iter().map(|failure| failure.item_identifier).collect()
            }

            /// Runs a scheduled function once.
            pub(crate) async fn tick(&self, event: &Event, ctx: Ctx) -> kernel::Result<()> {
                match event.function() {
                    $($tick_package => schedule::answer(::$tick::handle, self.$tick.clone(), ctx).await,)*
                    other => panic!("{other} has no schedule: add it to tests/Cargo.toml"),
                }
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/functions.rs"));

/// The functions whose routes need an access token, by package. Their events say so.
pub fn protected() -> impl Iterator<Item = &'static str> {
    HTTP.iter().copied().filter(|function| *Event::recorded(function).access() == Access::Protected)
}

/// The functions whose routes are about one generation, by package.
pub fn of_one_generation() -> impl Iterator<Item = &'static str> {
    protected().filter(|function| Event::recorded(function).route().contains("/v1/generations/{id}"))
}

/// The functions that can change something for a person who is signed in, by package: all routes
/// except those that only read, those that partners call, the pages, and those without permissions.
pub fn changing() -> impl Iterator<Item = &'static str> {
    let with_permissions = HTTP.iter().copied().filter(|function| has_policies(function));
    with_permissions.filter(|function| {
        let event = Event::recorded(function);
        let route = event.route();
        !route.starts_with("GET ") && !route.contains('$') && !route.contains("/webhooks/")
    })
}

fn started<D>(package: &str, deps: kernel::Result<D>) -> Arc<D> {
    match deps {
        Ok(deps) => Arc::new(deps),
        Err(error) => panic!("{package} does not start: {error}, because {:?}", error.cause().map(ToString::to_string)),
    }
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("the event is not from SQS: {error}: {text}"))
}
