//! Attacks on PKCE. Each partner keeps the challenge of an attempt with its code. It gives nothing for the code without
//! the verifier, which no browser can read.

use super::attempts::refused;
use crate::partners::{Back, PARTNERS, arrival, authorize, begin, sign_in};
use bytes::Bytes;
use http::{Method, Response};
use kernel::Timestamp;
use net::Request;
use std::panic::{AssertUnwindSafe, catch_unwind};
use testkit::{APPLE_ISSUER, FACEBOOK_GRAPH, GOOGLE_TOKEN_URL, Partner};
use tests::App;
use url::form_urlencoded::{Serializer, parse};

/// The parameter of an exchange that proves whose attempt it is.
const VERIFIER: &str = "code_verifier";

/// A partner that gets another verifier than our service has sent; `None` takes it away.
struct Tampered<P> {
    partner: P,
    verifier: Option<String>,
}

impl<P: Partner> Partner for Tampered<P> {
    fn handle(&self, now: Timestamp, request: Request) -> Response<Bytes> {
        if request.method() != Method::POST {
            return self.partner.handle(now, request);
        }
        let (parts, body) = request.into_parts();
        let mut form: Vec<(String, String)> = parse(&body).into_owned().collect();
        let sent = form.len();
        form.retain(|(name, _)| name != VERIFIER);
        assert_eq!(form.len(), sent - 1, "our service sends one verifier");
        form.extend(self.verifier.iter().map(|verifier| (VERIFIER.to_owned(), verifier.clone())));
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        self.partner.handle(now, Request::from_parts(parts, body.into()))
    }
}

/// From now on the exchanges at this partner arrive with this verifier.
fn tamper(app: &App, provider: &str, verifier: Option<&str>) {
    let (world, verifier) = (app.world(), verifier.map(str::to_owned));
    let host = |url: &str| url.split('/').nth(2).unwrap().to_owned();
    match provider {
        "google" => world.register(&host(GOOGLE_TOKEN_URL), Tampered { partner: app.google().clone(), verifier }),
        "apple" => world.register(&host(APPLE_ISSUER), Tampered { partner: app.apple().clone(), verifier }),
        _ => world.register(&host(FACEBOOK_GRAPH), Tampered { partner: app.facebook().clone(), verifier }),
    }
}

/// A person follows this address to the partner. `None` when the partner shows an error page.
fn followed(app: &App, provider: &str, page: &str) -> Option<Back> {
    catch_unwind(AssertUnwindSafe(|| authorize(app, provider, page, "alice"))).ok()
}

/// A downgrade: without a challenge at the partner, a stolen code would fit into every attempt. Google's stand-in shows
/// no page without one. Apple and Facebook do not require one, so our service sends the verifier nevertheless.
#[tokio::test(start_paused = true)]
async fn a_code_without_a_challenge_signs_nobody_in() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let page = begin(&app, &mut browser, provider).await;
        let (address, query) = page.split_once('?').unwrap();
        let kept: Vec<_> = query.split('&').filter(|pair| !pair.starts_with("code_challenge")).collect();
        assert_eq!(kept.len(), query.split('&').count() - 2, "{provider}: challenge and method were sent");
        let before = app.world().snapshot();
        let back = followed(&app, provider, &format!("{address}?{}", kept.join("&")));
        assert_eq!(back.is_none(), provider == "google", "{provider}");
        if let Some(back) = back {
            refused(provider, &app.send(back.event(&browser)).await);
        }
        app.world().assert_unchanged(&before);
    }
}

/// With `plain`, whoever reads the address has the verifier.
#[tokio::test(start_paused = true)]
async fn a_challenge_that_is_no_hash_leads_to_no_page() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let page = begin(&app, &mut browser, provider).await;
        let plain = page.replace("code_challenge_method=S256", "code_challenge_method=plain");
        assert_ne!(plain, page, "{provider}: the method is S256");
        assert!(followed(&app, provider, &plain).is_none(), "{provider}: plain");
        let (before, challenge) = page.split_once("code_challenge=").unwrap();
        let (_, after) = challenge.split_once('&').unwrap_or((challenge, ""));
        let short = format!("{before}code_challenge=short&{after}");
        assert!(followed(&app, provider, &short).is_none(), "{provider}: a short challenge");
        assert!(followed(&app, provider, &page).is_some(), "{provider}: the address as our service made it");
    }
}

/// An attacker who has a code, and even our secret, cannot exchange the code without the verifier.
#[tokio::test(start_paused = true)]
async fn an_exchange_without_its_verifier_signs_nobody_in() {
    let of_another_attempt = "x".repeat(43);
    for provider in PARTNERS {
        for verifier in [None, Some(""), Some("x"), Some(of_another_attempt.as_str())] {
            let app = App::new(1).await;
            tamper(&app, provider, verifier);
            let mut browser = app.browser();
            let back = arrival(&app, &mut browser, provider, "alice").await;
            let (before, asked) = (app.world().snapshot(), app.world().count().vendors_total());
            refused(&format!("{provider}: {verifier:?}"), &app.send(back.event(&browser)).await);
            // The keys of ID tokens are fetched first. Facebook sends none.
            let keys = u64::from(provider != "facebook");
            let asked = app.world().count().vendors_total() - asked;
            assert_eq!(asked, keys + 1, "{provider}: the exchange, and nothing after it");
            app.world().assert_unchanged(&before);
        }
        sign_in(&App::new(1).await, provider, "alice").await;
    }
}
