//! Attacks on the two ways back: the wrong method, and forms that are none.

use crate::partners::{PARTNERS, arrival};
use tests::{App, Event};

/// Refused requests use nothing up: afterwards the callback still works.
async fn refused_and_unused(app: &App, what: &str, refused: &[(Event, u16, &str)], callback: Event) {
    let before = app.world().snapshot();
    for (event, status, code) in refused {
        let (answer, counts) = app.world().counted(app.send(event.clone())).await;
        assert_eq!(answer.outcome(), (*status, (*code).to_owned()), "{what}: {answer:?}");
        assert!(answer.cookies().is_empty(), "{what}: {answer:?}");
        assert_eq!((counts.aws_total(), counts.vendors_total()), (0, 0), "{what}: {counts}");
    }
    app.world().assert_unchanged(&before);
    app.send(callback).await.expect(303);
}

/// A code in an address stays in histories and logs. Apple sends none there, so one that comes is not Apple's.
#[tokio::test(start_paused = true)]
async fn apples_callback_is_not_answered_by_get() {
    let app = App::new(1).await;
    let mut browser = app.browser();
    let back = arrival(&app, &mut browser, "apple", "alice").await;
    let refused = [(back.by_redirect(&browser), 404, "not_found")];
    refused_and_unused(&app, "GET at Apple", &refused, back.event(&browser)).await;
}

/// A form of another site would come without the cookies of the session.
#[tokio::test(start_paused = true)]
async fn the_callbacks_of_the_others_are_not_answered_by_post() {
    for provider in PARTNERS.into_iter().filter(|provider| *provider != "apple") {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let back = arrival(&app, &mut browser, provider, "alice").await;
        let refused = [(back.by_form(&browser), 404, "not_found")];
        refused_and_unused(&app, provider, &refused, back.event(&browser)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_with_a_field_twice_is_refused() {
    let app = App::new(1).await;
    let mut browser = app.browser();
    let back = arrival(&app, &mut browser, "apple", "alice").await;
    let (event, body) = (back.event(&browser), back.encoded());
    let twice = ["state=a.b", "code=x", "user=%7B%7D", "other=1&other=2"];
    let refused: Vec<_> = twice
        .into_iter()
        .flat_map(|field| [format!("{body}&{field}"), format!("{field}&{body}")])
        .map(|body| (event.clone().body(&body), 400, "malformed"))
        .collect();
    refused_and_unused(&app, "a field twice", &refused, event).await;
}

#[tokio::test(start_paused = true)]
async fn a_form_that_is_too_large_or_none_is_refused() {
    let app = App::new(1).await;
    let mut browser = app.browser();
    let back = arrival(&app, &mut browser, "apple", "alice").await;
    let (event, body) = (back.event(&browser), back.encoded());
    let large = format!("{body}&id_token={}", "x".repeat(kernel::limits::JSON_BODY_BYTES));
    let json = serde_json::json!({ "state": back.get("state"), "code": back.get("code") });
    let refused = [
        (event.clone().body(&large), 413, "body_too_large"),
        (event.clone().json_body(&json), 415, "unsupported_media_type"),
        (event.clone().header("content-type", "text/plain"), 415, "unsupported_media_type"),
        (event.clone().header("content-type", "multipart/form-data; boundary=x"), 415, "unsupported_media_type"),
        (event.clone().without_header("content-type"), 415, "unsupported_media_type"),
        (event.clone().body("state=%FF&code=x"), 400, "malformed"),
        (event.clone().body(""), 400, "sign_in_failed"),
        (event.clone().body("state=&code="), 400, "sign_in_failed"),
        // The fields of a query are no fields of the form.
        (event.clone().body("").raw_query(&body), 400, "sign_in_failed"),
    ];
    refused_and_unused(&app, "no form of Apple", &refused, event.clone().body_in_base64(body.as_bytes())).await;
}

/// The form must be what a person sees: a hidden frame or a script would sign people in behind their backs.
#[tokio::test(start_paused = true)]
async fn a_callback_in_a_frame_or_by_a_script_is_refused() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let back = arrival(&app, &mut browser, provider, "alice").await;
        let event = back.event(&browser);
        let refused: Vec<_> = [
            ("sec-fetch-dest", "iframe"),
            ("sec-fetch-dest", "empty"),
            ("sec-fetch-dest", "image"),
            ("sec-fetch-dest", "object"),
            ("sec-purpose", "prefetch;prerender"),
        ]
        .into_iter()
        .map(|(name, value)| (event.clone().header(name, value), 403, "cross_origin"))
        .collect();
        refused_and_unused(&app, provider, &refused, event).await;
    }
}
