//! Addresses that lead to no picture, to too much, or to a machine of ours; and hosts that do not answer.

use super::{FETCH, HOST, RED, alice, answer, colour, copies, drawn, hand_over, host, message, recorded, shown, times};
use bytes::Bytes;
use image::ImageFormat;
use serde_json::Value;
use std::time::Duration;
use testkit::{Fault, Faults, GoogleProfile};
use tests::{App, pictures};

/// A redirect.
fn to(location: &str) -> http::Response<Bytes> {
    http::Response::builder().status(302).header("location", location).body(Bytes::new()).unwrap()
}

/// The answers of hosts that have no picture, or one that we do not take.
fn no_pictures() -> Vec<(&'static str, http::Response<Bytes>)> {
    let png = pictures::picture(ImageFormat::Png, 64, 64, RED);
    let jpeg = pictures::picture(ImageFormat::Jpeg, 320, 320, RED);
    let huge = [png.as_slice(), &[0; 2 * 1024 * 1024]].concat();
    // The header of a progressive JPEG of 16,000 × 16,000 pixels.
    let header = [8, 0x3e, 0x80, 0x3e, 0x80, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
    let bomb = [&[0xff, 0xd8, 0xff, 0xc2, 0, 17][..], &header, &[0xff, 0xd9]].concat();
    vec![
        ("an address that does not exist", answer(404, "not found")),
        ("an address that has expired", answer(403, "URL signature expired")),
        ("an address that is gone", answer(410, "")),
        ("an answer without a file", answer(204, "")),
        ("nothing", answer(200, "")),
        ("a page", answer(200, "<!doctype html><title>Sign in</title>")),
        ("an SVG", answer(200, r#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#)),
        ("a GIF", answer(200, b"GIF89a\x01\0\x01\0\0\0\0;".to_vec())),
        ("half a PNG", answer(200, png[..png.len() / 2].to_vec())),
        ("half a JPEG", answer(200, jpeg[..jpeg.len() / 2].to_vec())),
        ("more than 2 MB", answer(200, huge)),
        ("a decompression bomb", answer(200, bomb)),
        ("a circle of redirects", to("/red")),
        ("a redirect without an address", answer(302, "")),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_is_no_picture_is_remembered_and_not_fetched_again() {
    for (what, no_picture) in no_pictures() {
        let app = App::new(1).await;
        let asked = host(&app, move |path| if path == "/blue" { drawn(path) } else { no_picture.clone() });
        let person = app.browser().sign_in(&alice("red")).await;
        let message = message(&app);
        assert!(hand_over(&app, &message).await, "{what}: there is nothing to try again");
        let fetched = times(&asked);
        assert!(hand_over(&app, &message).await, "{what}");
        app.browser().sign_in(&alice("red")).await;
        assert!(app.world().messages("picture").is_empty(), "{what}: the profile knows it");
        assert_eq!((times(&asked), shown(&person).await, copies(&app).len()), (fetched, None, 0), "{what}");
        assert_eq!(recorded(&app, &person)["file"], Value::Null, "{what}");
        app.browser().sign_in(&alice("blue")).await;
        assert_eq!(app.work_on("picture").await, 1, "{what}");
        assert!(shown(&person).await.is_some(), "{what}: another address is tried");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_cannot_be_had_replaces_the_old_copy() {
    let app = App::new(1).await;
    host(&app, |path| if path == "/gone" { answer(404, "") } else { drawn(path) });
    let person = app.browser().sign_in(&alice("red")).await;
    app.work_on("picture").await;
    app.browser().sign_in(&alice("gone")).await;
    assert_eq!(app.work_on("picture").await, 1);
    assert_eq!((shown(&person).await, copies(&app).len()), (None, 0), "the partner does not have the old one any more");
}

/// A host that follows such a redirect would reach the Runtime API, or the credentials of the machine. The world knows
/// no such host, so a request to it fails the test.
#[tokio::test(start_paused = true)]
async fn a_redirect_to_a_machine_of_ours_is_not_followed() {
    for target in [
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "https://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://10.0.0.1/",
        "https://localhost/",
        "https://metadata.internal/",
        "http://pictures.google.test/blue",
        "https://pictures.google.test:8443/blue",
        "https://somebody:secret@pictures.google.test/blue",
        "file:///proc/self/environ",
    ] {
        let app = App::new(1).await;
        let asked = host(&app, move |_| to(target));
        let person = app.browser().sign_in(&alice("red")).await;
        assert!(hand_over(&app, &message(&app)).await, "{target}");
        assert_eq!((times(&asked), shown(&person).await, copies(&app).len()), (1, None, 0), "{target}");
        assert_eq!(recorded(&app, &person)["file"], Value::Null, "{target} is remembered");
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_of_a_machine_of_ours_is_not_requested() {
    for address in ["https://127.0.0.1/a.png", "https://169.254.169.254/a.png", "https://localhost/", "https://a/"] {
        let app = App::new(1).await;
        let profile = GoogleProfile { picture: Some(address.to_owned()), ..GoogleProfile::new("alice") };
        let person = app.browser().sign_in(&profile).await;
        let message = message(&app);
        let (done, counts) = app.world().counted(hand_over(&app, &message)).await;
        assert!(done && counts.vendors_total() == 0, "{address}: {counts}");
        assert_eq!(shown(&person).await, None, "{address}");
    }
    // Without https the address is not even stored.
    let app = App::new(1).await;
    let profile = GoogleProfile { picture: Some(format!("http://{HOST}/red")), ..GoogleProfile::new("alice") };
    app.browser().sign_in(&profile).await;
    assert!(app.world().messages("picture").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_redirect_to_another_public_host_is_followed() {
    let app = App::new(1).await;
    host(&app, |_| to("https://cdn.google.test/red"));
    app.world().register("cdn.google.test", |_: net::Request| drawn("/red"));
    let person = app.browser().sign_in(&alice("red")).await;
    app.work_on("picture").await;
    assert_eq!(colour(&app, &person).await, Some(RED));
}

/// The queue delivers a message three times. Then it is a dead letter, and the next sign-in sends another one.
#[tokio::test(start_paused = true)]
async fn a_host_that_does_not_answer_is_asked_again_by_the_queue_and_by_the_next_sign_in() {
    for status in [408, 429, 500, 502, 503] {
        let app = App::new(1).await;
        let asked = host(&app, move |_| answer(status, "later"));
        let person = app.browser().sign_in(&alice("red")).await;
        for _ in 0..3 {
            assert_eq!(app.work_on("picture").await, 1, "{status}");
            app.world().advance(Duration::from_secs(90));
        }
        assert_eq!((times(&asked), app.world().messages("picture-dead").len()), (3, 1), "{status}");
        assert_eq!((shown(&person).await, copies(&app).len()), (None, 0), "{status}");
        host(&app, drawn);
        app.browser().sign_in(&alice("red")).await;
        assert_eq!(app.work_on("picture").await, 1, "{status}");
        assert_eq!(colour(&app, &person).await, Some(RED), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_slow_or_breaks_off_is_asked_again() {
    for fault in [Fault::Delay(Duration::from_secs(11)), Fault::BodyCut, Fault::AnswerLost, Fault::Refused] {
        let app = App::new(1).await;
        host(&app, drawn);
        let person = app.browser().sign_in(&alice("red")).await;
        app.world().inject(Faults::nth(FETCH, 1, fault));
        assert_eq!(app.work_on("picture").await, 1);
        assert_eq!((shown(&person).await, app.world().messages("picture").len()), (None, 1), "{fault:?}");
        assert_eq!(app.work_on("picture").await, 1);
        app.world().inject(Faults::none());
        assert_eq!(colour(&app, &person).await, Some(RED), "{fault:?}");
    }
}
