//! The picture, and what the network refuses.

use super::{
    fake::FakeAdNetwork,
    settings::FakeAdNetworkSettings,
    state::{AdCounts, AdMode, SeenConversion},
};
use bytes::Bytes;
use http::{Request, StatusCode};
use jiff::Timestamp;

fn network() -> FakeAdNetwork {
    FakeAdNetwork::new(FakeAdNetworkSettings::new("http://127.0.0.1:7009"))
}

fn ask(network: &FakeAdNetwork, path: &str, header: Option<(&str, &str)>) -> StatusCode {
    let request = header.into_iter().fold(Request::get(path), |request, (name, value)| request.header(name, value));
    network.handle(Timestamp::UNIX_EPOCH, request.body(Bytes::new()).unwrap()).status()
}

#[test]
fn a_conversion_is_counted_and_answered_with_a_picture() {
    let network = network();
    assert_eq!(
        network.settings().picture_url(),
        "http://localhost:7009/conversion?event={event}&value={value}",
        "it is another site than ours"
    );
    let request = Request::get("/conversion?event=purchase&value=5.00").body(Bytes::new()).unwrap();
    let answer = network.handle(Timestamp::UNIX_EPOCH, request);
    assert_eq!((answer.status(), &answer.headers()["content-type"]), (StatusCode::OK, &"image/gif".parse().unwrap()));
    assert!(answer.body().starts_with(b"GIF89a\x01\x00\x01\x00"), "a GIF of one pixel: width and height come first");
    assert_eq!(network.seen(), [SeenConversion { event: "purchase".to_owned(), value: "5.00".to_owned() }]);
    assert_eq!(network.counts(), AdCounts { requests: 1, ..AdCounts::default() });
}

#[test]
fn a_request_that_tells_more_is_refused_or_counted() {
    let network = network();
    for path in [
        "/conversion",
        "/conversion?event=",
        "/conversion?event=Purchase",
        "/conversion?event=view&value=abc",
        "/conversion?event=view&page=%2Fcreate",
        "/conversion?event=view&event=view",
        "/conversion?event=view&value=1&prompt=x",
        "/other?event=view",
    ] {
        let status = ask(&network, path, None);
        assert!(status.is_client_error(), "{path} is answered {status}");
    }
    assert_eq!((network.counts().requests, network.counts().refused), (8, 8));
    assert!(network.seen().is_empty());
    assert_eq!(ask(&network, "/conversion?event=view", Some(("referer", "https://cinemaxsai.com/"))), StatusCode::OK);
    assert_eq!(ask(&network, "/conversion?event=view", Some(("cookie", "a=b"))), StatusCode::OK);
    assert_eq!((network.counts().with_referrer, network.counts().with_cookie), (1, 1));
}

#[test]
fn a_network_that_is_down_answers_503() {
    let network = network();
    network.knobs(|knobs| knobs.mode = AdMode::Fails);
    assert_eq!(ask(&network, "/conversion?event=view&value=", None), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(network.seen().len(), 1, "the request has reached the network");
    assert_eq!(ask(&network, "/_control", None), StatusCode::OK);
    assert_eq!(network.counts().requests, 1, "a look at the counts is none of them");
}
