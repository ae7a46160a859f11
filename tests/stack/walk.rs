//! The whole journey, with a check of each step.

use crate::{
    journey::{self, Delivered},
    person::{PRICE, Person},
    stack::{Stack, together},
};
use kernel::sha256_hex;
use local::PlatformOptions;

#[test]
fn a_person_signs_in_asks_for_a_picture_and_downloads_it() {
    together(async |stack| {
        let done = journey::whole(stack.base()).await.unwrap_or_else(|error| panic!("{error}"));
        let Delivered { person, prompt, available_before, accepted, generation, file, credits } = done;
        assert_eq!(accepted["status"], "queued");
        assert_eq!(accepted["cost"], PRICE);
        assert_eq!(generation["status"], "succeeded", "{generation}");
        assert_eq!(generation["prompt"], prompt);

        let output = &generation["outputs"][0];
        assert_eq!(output["content_type"], "image/png");
        assert_eq!(file.header("content-type"), "image/png");
        assert_eq!(output["bytes"], file.body.len());
        let sha256 = sha256_hex(&file.body);
        assert_eq!(output["sha256"], sha256, "the bytes at the link must be the bytes that were hashed");
        let size = imagesize::blob_size(&file.body).expect("the file should be a PNG");
        assert_eq!((&output["width"], &output["height"]), (&size.width.into(), &size.height.into()));

        assert_eq!(available_before, 50, "a new account starts with the welcome credits");
        assert_eq!(credits["available"], available_before - PRICE);
        assert_eq!(credits["held"], 0);
        let items = credits["items"].as_array().unwrap();
        let kinds: Vec<_> = items.iter().map(|item| item["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["settle", "hold", "grant"], "newest first");
        let sum = |name: &str| items.iter().map(|item| item[name].as_i64().unwrap()).sum::<i64>();
        assert_eq!(sum("available_change"), credits["available"].as_i64().unwrap(), "the entries must add up");
        assert_eq!(sum("held_change"), 0, "the entries must add up");

        let list = person.get("/v1/generations").await.ok(200);
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
        assert_eq!(list["items"][0]["id"], generation["id"]);
    });
}

#[test]
fn a_person_signs_in_and_comes_back_at_each_partner() {
    together(async |stack| {
        for provider in ["google", "apple", "facebook"] {
            let who = format!("canary-{}@people.example", crate::person::unique());
            let first = Person::stranger(stack.base()).signed_in_at(provider, &who).await.unwrap();
            let second = Person::stranger(stack.base()).signed_in_at(provider, &who).await.unwrap();
            assert_eq!(first.account, second.account, "{provider}");
            assert_eq!(second.get("/v1/account").await.ok(200)["email"], who, "{provider}");
            assert_eq!(second.credits().await, (50, 0), "{provider}: the welcome credits are given once");
        }
    });
}

#[test]
fn a_person_who_comes_back_finds_the_same_account() {
    together(async |stack| {
        let who = format!("canary-{}@people.example", crate::person::unique());
        let first = Person::sign_in(stack.base(), &who).await.unwrap();
        let second = Person::sign_in(stack.base(), &who).await.unwrap();
        assert_eq!(first.account, second.account);
        let account = second.get("/v1/account").await.ok(200);
        assert_eq!(account["email"], who);
        assert_eq!(account["status"], "active");
        assert_eq!(second.credits().await, (50, 0), "the welcome credits are given once");
    });
}

#[test]
fn a_session_is_renewed_by_its_cookie_and_ended_by_signing_out() {
    together(async |stack| {
        let mut person = Person::new(stack.base()).await;
        let before = person.cookie("__Host-refresh").to_owned();
        journey::refresh(&mut person).await.unwrap();
        assert_ne!(person.cookie("__Host-refresh"), before, "each use rotates the refresh token");
        person.get("/v1/account").await.ok(200);
        let stolen = person.clone();
        let out = person.ask(reqwest::Method::DELETE, "/v1/session").await;
        assert_eq!(out.status, 204, "{out}");
        person.keep_cookies(&out);
        person.get("/v1/account").await.is_problem(401, "unauthenticated");
        let again = stolen.request(reqwest::Method::POST, "/v1/session/refresh");
        let again = crate::person::send(again, "POST /v1/session/refresh".to_owned()).await;
        again.is_problem(401, "unauthenticated");
    });
}

/// The search of the logs proves nothing unless every function logs to its group. The platform has no
/// other traffic, so this also proves that the journey uses every route.
#[test]
fn every_function_of_the_journey_has_logged() {
    together(async |_| {
        let stack = Stack::start(PlatformOptions::default()).await;
        journey::whole(stack.base()).await.unwrap_or_else(|error| panic!("{error}"));
        let resources = stack.platform.resources().iter();
        for (function, _) in resources.filter(|(_, resource)| resource.kind == "AWS::Lambda::Function") {
            // Schedules call these, directly or through a queue: see clock.rs.
            if !["MakeThumbnails", "PurgeAccount", "SchedulePurges", "SweepGenerations"].contains(&function.as_str()) {
                let lines = stack.logged(function).await;
                assert!(
                    !lines.is_empty(),
                    "{function} has logged nothing: does the journey use it, and is its LoggingConfig right?"
                );
            }
        }
        stack.platform.stop().await;
    });
}
