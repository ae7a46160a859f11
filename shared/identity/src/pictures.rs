//! Fetches the picture of a person from the address that a partner gave.

use crate::{provider::IdentityProvider, urls::parse_configured};
use bytes::Bytes;
use http::StatusCode;
use kernel::{Error, Result, limits};
use net::{Http, RequestFailure};
use std::{fmt, time::Duration};
use tokio::time::timeout;
use url::Origin;

/// Longest time for one picture, with all redirects. The function that copies pictures has 60 seconds.
const LONGEST: Duration = Duration::from_secs(10);

/// How long to wait when the host of a picture does not answer.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// Fetches pictures. Each address is one that a partner gave in a verified answer; [`net::open`] guards it all the
/// same. No cookie, no token and no referrer is sent.
#[derive(Clone)]
pub struct PersonPictures {
    http: Http,
    google: Origin,
    facebook: Origin,
}

/// The reason why there is no picture at an address. A repetition cannot help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPicture {
    /// The host answers no file. The addresses of Facebook expire.
    Gone,
    /// The guard refuses the address, or one of its redirects.
    Forbidden,
    /// The file is larger than [`limits::PERSON_PICTURE_BYTES`].
    TooLarge,
}

impl NoPicture {
    /// The reason as one word, for the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Forbidden => "forbidden",
            Self::TooLarge => "too_large",
        }
    }
}

impl PersonPictures {
    /// Fetches through `http`. The partners' own origins are those of the configured issuer of Google and of the Graph
    /// API: a picture may also come from there, where that is not https. On the local platform it does.
    ///
    /// # Errors
    /// `internal` if an address does not parse.
    pub fn new(http: Http, google_issuer: &str, facebook_graph_url: &str) -> Result<Self> {
        let google = parse_configured("issuer of Google", google_issuer)?.origin();
        let facebook = parse_configured("Graph API", facebook_graph_url)?.origin();
        Ok(Self { http, google, facebook })
    }

    /// Fetches the file at an address that the partner `from` gave. The file may be anything: the caller decodes it.
    /// One request, and one for each redirect. Safe to repeat.
    ///
    /// # Errors
    /// `unavailable` if the host cannot be reached, takes longer than 10 s, or answers that it is busy or has a fault.
    /// The address is in no error.
    pub async fn fetch(&self, from: Option<&str>, address: &str) -> Result<Result<Bytes, NoPicture>> {
        let trusted = self.trusted(from);
        let reading = async {
            let answer = net::open(&self.http, address, &trusted).await?;
            match answer.status() {
                StatusCode::OK => {
                    let file = net::whole(answer, limits::PERSON_PICTURE_BYTES).await?.into_body();
                    Ok::<_, RequestFailure>((StatusCode::OK, file))
                }
                status => Ok((status, Bytes::new())),
            }
        };
        let Ok(read) = timeout(LONGEST, reading).await else {
            return Err(Error::unavailable(RETRY_AFTER, "the picture of a person took too long"));
        };
        match read {
            Ok((StatusCode::OK, file)) => Ok(Ok(file)),
            Ok((status, _)) if is_passing(status) => {
                Err(Error::unavailable(RETRY_AFTER, format!("the host of a picture answered {status}")))
            }
            Ok(_) => Ok(Err(NoPicture::Gone)),
            Err(RequestFailure::Forbidden(_)) => Ok(Err(NoPicture::Forbidden)),
            Err(RequestFailure::TooLarge { .. }) => Ok(Err(NoPicture::TooLarge)),
            Err(failure) => Err(failure.into()),
        }
    }

    /// The origin that may also serve a picture of this partner without https. Apple has no pictures of people.
    fn trusted(&self, from: Option<&str>) -> Origin {
        match from.and_then(|from| from.parse::<IdentityProvider>().ok()) {
            Some(IdentityProvider::Google) => self.google.clone(),
            Some(IdentityProvider::Facebook) => self.facebook.clone(),
            Some(IdentityProvider::Apple) | None => Origin::new_opaque(),
        }
    }
}

/// Whether a later request may be answered in another way.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status)
}

impl fmt::Debug for PersonPictures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonPictures")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_partner::Partner;
    use kernel::BoxFuture;
    use net::{Body, Request, Response, Transport};

    const AT_GOOGLE: &str = "https://lh3.googleusercontent.com/a/ada=s96-c";

    fn pictures(http: Http) -> PersonPictures {
        PersonPictures::new(http, "http://127.0.0.1:9000", "http://127.0.0.1:9001/v24.0").unwrap()
    }

    /// Fetches the picture at [`AT_GOOGLE`].
    async fn fetched(partner: &Partner) -> Result<Result<Bytes, NoPicture>> {
        pictures(partner.http()).fetch(Some("google"), AT_GOOGLE).await
    }

    #[tokio::test]
    async fn a_file_is_fetched_and_answers_of_no_file_are_told_from_those_that_pass() {
        let partner = Partner::new();
        partner.answer(AT_GOOGLE, 200, "a picture");
        assert_eq!(fetched(&partner).await.unwrap(), Ok(Bytes::from("a picture")));
        for status in [204, 206, 304, 400, 401, 403, 404, 410, 451] {
            partner.answer(AT_GOOGLE, status, "no picture");
            assert_eq!(fetched(&partner).await.unwrap(), Err(NoPicture::Gone), "{status}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            partner.answer(AT_GOOGLE, status, "later");
            assert_eq!(fetched(&partner).await.unwrap_err().code(), "unavailable", "{status}");
        }
        for failure in [RequestFailure::NotSent("refused".into()), RequestFailure::AnswerLost("reset".into())] {
            partner.fail(AT_GOOGLE, failure);
            assert_eq!(fetched(&partner).await.unwrap_err().code(), "unavailable");
        }
        let request = partner.asked(AT_GOOGLE).remove(0);
        assert!(request.headers().is_empty(), "no cookie, no token and no referrer: {:?}", request.headers());
    }

    #[tokio::test]
    async fn a_file_of_more_than_two_megabytes_is_not_read() {
        let partner = Partner::new();
        let most = usize::try_from(limits::PERSON_PICTURE_BYTES).unwrap();
        partner.answer(AT_GOOGLE, 200, "x".repeat(most));
        assert_eq!(fetched(&partner).await.unwrap().unwrap().len(), most);
        partner.answer(AT_GOOGLE, 200, "x".repeat(most + 1));
        assert_eq!(fetched(&partner).await.unwrap(), Err(NoPicture::TooLarge));
    }

    #[tokio::test]
    async fn an_address_without_https_is_fetched_from_the_partner_that_gave_it_alone() {
        let partner = Partner::new();
        let (google, facebook) = ("http://127.0.0.1:9000/pictures/ada.png", "http://127.0.0.1:9001/platform/ada.png");
        for own in [google, facebook] {
            partner.answer(own, 200, "a picture");
        }
        for (from, address, is_fetched) in [
            (Some("google"), google, true),
            (Some("facebook"), facebook, true),
            (Some("google"), facebook, false),
            (Some("apple"), google, false),
            (Some("person"), google, false),
            (None, google, false),
            (Some("google"), "http://127.0.0.1:9002/", false),
            (Some("google"), "https://127.0.0.1/", false),
            (Some("google"), "https://169.254.169.254/latest/meta-data/", false),
            (Some("google"), "file:///etc/hosts", false),
            (Some("google"), "", false),
        ] {
            let fetched = pictures(partner.http()).fetch(from, address).await.unwrap();
            let expected = if is_fetched { Ok(Bytes::from("a picture")) } else { Err(NoPicture::Forbidden) };
            assert_eq!(fetched, expected, "{from:?} {address}");
        }
        assert_eq!(partner.requests(), 2, "a forbidden address must not be requested");
    }

    /// A host that sends a byte a second.
    struct Slow;

    impl Transport for Slow {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, RequestFailure>> {
            let bytes = futures_util::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Some((Ok(Bytes::from("x")), ()))
            });
            let answer = http::Response::builder().status(200).body(Body::new(bytes)).unwrap();
            Box::pin(async move { Ok(answer) })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_host_is_given_up_after_ten_seconds() {
        let pictures = pictures(Http::new(Slow));
        let fetching = async || pictures.fetch(Some("google"), AT_GOOGLE).await;
        let waits = |seconds: u64| timeout(Duration::from_millis(seconds * 1_000 + 500), fetching());
        assert!(waits(9).await.is_err(), "it still waits after nine seconds");
        assert_eq!(waits(10).await.expect("it gives up").unwrap_err().code(), "unavailable");
    }
}
