//! The answers in the forms of the partners.

use identity::NoticeRefusal;
use kernel::Error;
use privacy::DeletionCode;
use runtime::http::Response;
use serde::Serialize;

/// The answer to Facebook's request for deletion
/// (<https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback>).
#[derive(Debug, Serialize)]
pub(crate) struct DeletionAnswer<'a> {
    /// The page that shows the person what became of the request.
    url: String,
    confirmation_code: &'a DeletionCode,
}

impl<'a> DeletionAnswer<'a> {
    pub(crate) fn new(public_origin: &str, code: &'a DeletionCode) -> Self {
        Self { url: format!("{public_origin}/v1/deletions/{code}"), confirmation_code: code }
    }
}

/// The refusal of a security event token (RFC 8935 §2.3 and §2.4). The partner's signature is all that authenticates it,
/// so `authentication_failed` has no use here.
#[derive(Serialize)]
struct EventRefusal {
    err: &'static str,
    description: String,
}

/// The answer to a security event token that is refused: 400, also for a wrong signature.
pub(crate) fn refused_event(refusal: NoticeRefusal) -> Response {
    let err = match &refusal {
        NoticeRefusal::NotSigned => "invalid_key",
        NoticeRefusal::Issuer => "invalid_issuer",
        NoticeRefusal::Audience => "invalid_audience",
        NoticeRefusal::NoMessage
        | NoticeRefusal::NotForUs
        | NoticeRefusal::UnknownForm
        | NoticeRefusal::UnknownKey
        | NoticeRefusal::Other(_) => "invalid_request",
    };
    let error = Error::from(refusal);
    let description = match &error {
        Error::UnsupportedMediaType => "Send the token as application/secevent+jwt.".to_owned(),
        error => error.to_string(),
    };
    Response::json(400, &EventRefusal { err, description }).header("content-language", "en").because(&error)
}
