//! The meaning of the Graph API's answers. Pure.

use crate::{
    exchange::{code_refused, is_overloaded, not_valid, overloaded, unreadable},
    profile::{self, IdentityProfile},
    token::TextOrNumber,
};
use http::StatusCode;
use kernel::{Error, Result, Timestamp};
use serde::{Deserialize, de::DeserializeOwned};

/// The issuer in keys. Facebook's access tokens name none.
const ISSUER: &str = "https://www.facebook.com";

/// The codes of problems that pass: unknown, service, too many calls of the app, of the user, of the business.
/// <https://developers.facebook.com/docs/graph-api/guides/error-handling>
const PASSING: [i64; 5] = [1, 2, 4, 17, 341];

/// The code of an access token that is not valid.
const TOKEN_NOT_VALID: i64 = 190;

/// The code of a wrong parameter. In an exchange, it is the authorisation code.
const WRONG_PARAMETER: i64 = 100;

/// The subcode for a redirect URI that is not the one of the dialog. Ours is always the same, so it is a
/// fault of the configuration.
const OTHER_REDIRECT_URI: i64 = 36_008;

/// The beginning of the message for a wrong app secret. Its code is the one of unknown problems, so only
/// the message tells them apart.
const WRONG_SECRET: &str = "Error validating client secret";

/// A problem of the Graph API. Its message may repeat the request, so it is compared and never kept.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    message: String,
    code: i64,
    error_subcode: i64,
    is_transient: bool,
}

impl Problem {
    fn read(body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Envelope {
            error: Problem,
        }
        serde_json::from_slice(body).map_or_else(|_| Self::default(), |it: Envelope| it.error)
    }

    /// The error for a problem that has the same meaning in every call.
    fn general(&self, status: StatusCode) -> Error {
        if self.message.starts_with(WRONG_SECRET) {
            return Error::internal("Facebook refuses our app secret: check the secret `facebook-app-secret`");
        }
        if is_overloaded(status) || self.is_transient || PASSING.contains(&self.code) {
            return overloaded(status);
        }
        let (code, subcode) = (self.code, self.error_subcode);
        Error::internal(format!("Facebook refused the request with {status}, code {code}, subcode {subcode}"))
    }

    fn passes(&self, status: StatusCode) -> bool {
        matches!(self.general(status), Error::Unavailable { .. })
    }
}

/// The error for a refused exchange of a code.
pub(super) fn code_refusal(status: StatusCode, body: &[u8]) -> Error {
    let problem = Problem::read(body);
    let is_the_code = problem.code == WRONG_PARAMETER
        && problem.error_subcode != OTHER_REDIRECT_URI
        && !problem.message.starts_with(WRONG_SECRET);
    if is_the_code && !problem.passes(status) { code_refused() } else { problem.general(status) }
}

/// The body of a read. The token of a person may end between two calls; then the sign-in has failed.
pub(super) fn read<T: DeserializeOwned>(answer: &http::Response<bytes::Bytes>) -> Result<T> {
    let (status, body) = (answer.status(), answer.body());
    if status.is_success() {
        return serde_json::from_slice(body).map_err(|_| unreadable());
    }
    let problem = Problem::read(body);
    let has_ended = problem.code == TOKEN_NOT_VALID && !problem.passes(status);
    Err(if has_ended { not_valid() } else { problem.general(status) })
}

/// The answer to `debug_token`:
/// <https://developers.facebook.com/docs/graph-api/reference/debug_token>.
#[derive(Deserialize)]
pub(super) struct Debugged {
    data: TokenFacts,
}

#[derive(Deserialize)]
struct TokenFacts {
    #[serde(default)]
    is_valid: bool,
    app_id: Option<TextOrNumber>,
    r#type: Option<String>,
    user_id: Option<TextOrNumber>,
    /// Seconds since 1970; 0 for never.
    #[serde(default)]
    expires_at: i64,
}

impl Debugged {
    /// The user whom the token belongs to, if it is a valid token of a user for our app. This check keeps a
    /// token that another app got from being used here.
    ///
    /// # Errors
    /// `sign_in_failed`.
    pub(super) fn user(self, app_id: &str, now: Timestamp) -> Result<String> {
        let TokenFacts { is_valid, app_id: issued_to, r#type, user_id, expires_at } = self.data;
        let is_ours = issued_to.is_some_and(|issued_to| issued_to.into_text() == app_id);
        let is_users = r#type.as_deref() == Some("USER");
        let is_alive = expires_at == 0 || expires_at > now.as_second();
        let user = user_id.filter(|_| is_valid && is_ours && is_users && is_alive);
        user.and_then(|user| profile::subject(user.into_text())).ok_or_else(not_valid)
    }
}

/// The answer to `/me`. Every field but the id may be missing.
#[derive(Deserialize)]
pub(super) struct Me {
    id: TextOrNumber,
    name: Option<String>,
    email: Option<String>,
    picture: Option<Picture>,
}

#[derive(Deserialize)]
struct Picture {
    data: Option<PictureData>,
}

#[derive(Deserialize)]
struct PictureData {
    url: Option<String>,
    /// Whether the person has no picture, and the URL leads to a silhouette.
    #[serde(default)]
    is_silhouette: bool,
}

impl Me {
    /// The profile of `user`. Facebook's address is never proof that the person owns it. A silhouette is no picture of
    /// the person. `graph_url` is the configured address of the Graph API.
    ///
    /// # Errors
    /// `sign_in_failed` if the answer is about another person.
    pub(super) fn profile_of(self, user: String, graph_url: &str) -> Result<IdentityProfile> {
        let Self { id, name, email, picture } = self;
        if id.into_text() != user {
            return Err(not_valid());
        }
        let picture = picture.and_then(|picture| picture.data).filter(|picture| !picture.is_silhouette);
        Ok(IdentityProfile {
            issuer: ISSUER.to_owned(),
            subject: user,
            email: email.and_then(profile::email),
            email_verified: false,
            is_private_email: false,
            name: name.as_deref().and_then(profile::name),
            picture_url: picture.and_then(|picture| picture.url).and_then(|url| profile::picture_url(&url, graph_url)),
        })
    }
}
