//! A proxy in front of MiniStack, to which the functions and the browsers send their requests to AWS.
//!
//! MiniStack does not check the age of a presigned link. S3 does, and so does this: a link that is older than it may be
//! by the platform's clock is answered as S3 answers it. The functions sign with the machine's time, so the age of a link
//! is the time since its signature, moves of the platform's clock included.
//!
//! MiniStack also forgets the `Content-Disposition` that a link asks for when the link names a version. This adds it, so
//! that a link that saves a file saves it here too.

use super::forward::{self, Forwarder, ProxyResponse, own_answer};
use crate::clock::LocalClock;
use http::{HeaderValue, Request, StatusCode, header};
use hyper::body::Incoming;
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use std::sync::Arc;
use tokio::net::TcpListener;
use url::form_urlencoded;

/// A presigned link (<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PresignedLink {
    signed_at: Timestamp,
    lifetime: SignedDuration,
}

impl PresignedLink {
    /// The link in the query of a request. `None` if the request is signed in another way.
    fn of(query: &str) -> Option<Self> {
        let pairs = || form_urlencoded::parse(query.as_bytes());
        let value = |name: &str| pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned());
        let date = DateTime::strptime("%Y%m%dT%H%M%SZ", value("X-Amz-Date")?).ok()?;
        let seconds = value("X-Amz-Expires")?.parse().ok()?;
        let signed_at = TimeZone::UTC.to_timestamp(date).ok()?;
        Some(Self { signed_at, lifetime: SignedDuration::from_secs(seconds) })
    }
}

/// Serves until the future is dropped, which also ends the requests under way.
pub async fn serve(listener: TcpListener, endpoint: String, clock: LocalClock) {
    let cloud = Arc::new(Forwarder::new(&endpoint));
    let answer = move |request: Request<Incoming>, _| {
        let (cloud, clock) = (Arc::clone(&cloud), clock.clone());
        async move {
            match expired(&request, &clock) {
                Some(link) => refusal(link),
                None => {
                    let disposition = disposition(&request);
                    disposed(cloud.forward(Ok(request)).await, disposition)
                }
            }
        }
    };
    forward::serve(listener, answer).await;
}

/// The `Content-Disposition` that a request asks for
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>).
fn disposition<B>(request: &Request<B>) -> Option<HeaderValue> {
    let query = request.uri().query()?.as_bytes();
    let (_, value) = form_urlencoded::parse(query).find(|(name, _)| name == "response-content-disposition")?;
    HeaderValue::try_from(value.into_owned()).ok()
}

/// The answer with this `Content-Disposition`, if it has a content.
fn disposed(mut answer: ProxyResponse, disposition: Option<HeaderValue>) -> ProxyResponse {
    if let (true, Some(disposition)) = (answer.status().is_success(), disposition) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    answer
}

/// The presigned link of a request, if it is too old.
fn expired<B>(request: &Request<B>, clock: &LocalClock) -> Option<PresignedLink> {
    let link = PresignedLink::of(request.uri().query()?)?;
    (clock.age(link.signed_at) > link.lifetime).then_some(link)
}

/// The answer of S3 to a link that is too old.
fn refusal(link: PresignedLink) -> ProxyResponse {
    let ended = link.signed_at.saturating_add(link.lifetime).unwrap_or(Timestamp::MAX);
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired\
         </Message><X-Amz-Expires>{}</X-Amz-Expires><Expires>{ended}</Expires></Error>",
        link.lifetime.as_secs()
    );
    let mut answer = own_answer(StatusCode::FORBIDDEN, text);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::FakeClock;
    use std::{fs, time::Duration};

    #[test]
    fn a_file_is_saved_under_the_name_that_its_link_asks_for() {
        let asked = "response-content-disposition=attachment%3B%20filename%3D%22a.png%22&versionId=1";
        let request = Request::get(format!("/bucket/key?{asked}")).body(()).unwrap();
        let answer = disposed(own_answer(StatusCode::OK, String::new()), disposition(&request));
        assert_eq!(answer.headers()[header::CONTENT_DISPOSITION], "attachment; filename=\"a.png\"");
        let refused = disposed(own_answer(StatusCode::NOT_FOUND, String::new()), disposition(&request));
        assert!(refused.headers().is_empty(), "an error is shown and not saved");
        let plain = Request::get("/bucket/key?versionId=1").body(()).unwrap();
        assert!(disposed(own_answer(StatusCode::OK, String::new()), disposition(&plain)).headers().is_empty());
    }

    #[test]
    fn a_link_is_too_old_once_the_clock_has_passed_it_and_a_new_one_is_not() {
        let folder = std::env::temp_dir().join(format!("local-links-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let clock = LocalClock::start(&folder).unwrap();
        let made_at = |time: Timestamp| {
            let query = format!("X-Amz-Date={}&X-Amz-Expires=300&versionId=a%20b", time.strftime("%Y%m%dT%H%M%SZ"));
            Request::get(format!("/bucket/key?{query}")).body(()).unwrap()
        };
        let now = FakeClock::system().now();
        let (old, fresh) = (made_at(now - SignedDuration::from_secs(301)), made_at(now));
        let earlier = made_at(now - SignedDuration::from_secs(20));
        assert!(expired(&old, &clock).is_some());
        assert!(expired(&fresh, &clock).is_none() && expired(&earlier, &clock).is_none());
        clock.advance(Duration::from_secs(330)).unwrap();
        assert!(expired(&earlier, &clock).is_some(), "the clock has passed it");
        let after = made_at(FakeClock::system().now());
        assert!(expired(&after, &clock).is_none(), "a link of after the move is new");
        for other in ["/bucket/key", "/bucket/key?X-Amz-Date=x&X-Amz-Expires=300", "/?Action=Query"] {
            assert!(expired(&Request::get(other).body(()).unwrap(), &clock).is_none(), "{other}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
