//! Errors as HTTP: the one map from `kernel::Error` to status codes and RFC 9457
//! problem documents.

use crate::http::response::Response;
use kernel::Error;
use serde_json::json;
use std::time::Duration;

/// The wait before another generation may start. One under way must end first; images take seconds.
const PLACE_RETRY_AFTER: Duration = Duration::from_secs(10);

/// The wait before another request for a model that is switched off. People switch models on and off
/// by hand, so it takes minutes at least.
const PAUSE_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// The status and the title of an error.
pub(crate) fn status(error: &Error) -> (u16, &'static str) {
    match error {
        Error::Malformed(_) => (400, "The request cannot be read"),
        Error::IdempotencyKeyRequired => (400, "An Idempotency-Key is required"),
        Error::SignInFailed { .. } => (400, "Signing in failed"),
        Error::Unauthenticated => (401, "Not signed in"),
        Error::BadSignature => (401, "The signature does not match"),
        Error::InsufficientCredits { .. } => (402, "Not enough credits"),
        Error::CrossOrigin => (403, "Refused across sites"),
        Error::AccountNotActive => (403, "The account is not active"),
        Error::SignInAgain => (403, "A recent sign-in is needed"),
        Error::NotFound => (404, "Not found"),
        Error::NoRoute => (404, "No such route"),
        Error::MethodNotAllowed { .. } => (405, "The path takes another method"),
        Error::NotAcceptable => (406, "No answer has an acceptable type"),
        Error::WrongState { .. } => (409, "Not possible in this state"),
        Error::OtherAccount => (409, "Another person is signed in"),
        Error::IdentityTaken => (409, "The sign-in belongs to another account"),
        Error::ProviderLinked => (409, "Another sign-in of this partner is linked"),
        Error::LastIdentity => (409, "The only way to sign in"),
        Error::PriceAboveMaxCost { .. } => (409, "Dearer than allowed"),
        Error::NotUploaded => (409, "Not uploaded yet"),
        Error::TooManyLots { .. } => (409, "Too many lots of credits"),
        Error::ModelRetired => (410, "The model has retired"),
        Error::BodyTooLarge { .. } => (413, "The body is too large"),
        Error::UnsupportedMediaType => (415, "The body has the wrong type"),
        Error::Invalid { .. } => (422, "The request is not valid"),
        Error::UnknownModel => (422, "No such model"),
        Error::ModelNotOffered => (422, "The model is not offered"),
        Error::IdempotencyKeyReused => (422, "The Idempotency-Key was used before"),
        Error::TooManyGenerations { .. } => (429, "Too many generations at once"),
        Error::TooManyRefused { .. } => (429, "Too many refused generations"),
        Error::TooManyFailed { .. } => (429, "Too many failed generations"),
        Error::TooManyRequests(_) => (429, "Too many requests"),
        Error::TooManyUploads { .. } => (429, "Too many uploads at once"),
        Error::ProviderPaused | Error::ModelPaused { .. } | Error::SpendCapReached { .. } => {
            (503, "The model is switched off")
        }
        Error::Unavailable { .. } => (503, "Not available right now"),
        // A new variant must get its own line. Without one it is an internal error.
        _ => (500, "Internal error"),
    }
}

/// The problem document of an error. A document with a 5xx status does not mention the cause.
pub(crate) fn document(error: &Error, request_id: &str) -> Response {
    let (status, title) = status(error);
    let mut body = json!({
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": error.to_string(),
        "code": error.code(),
        "request_id": request_id,
    });
    if let Error::Invalid { field, .. } = error {
        body["field"] = json!(field);
    }
    let response = Response::json(status, &body).header("content-type", "application/problem+json");
    match (error, status) {
        (
            Error::Unavailable { retry_after, .. }
            | Error::TooManyRefused { retry_after, .. }
            | Error::TooManyFailed { retry_after }
            | Error::TooManyUploads { retry_after, .. }
            | Error::ModelPaused { retry_after }
            | Error::SpendCapReached { retry_after },
            _,
        ) => response.header("retry-after", &seconds(*retry_after)),
        (Error::TooManyRequests(state), _) => {
            response.rate_limit(state).header("retry-after", &state.wait_seconds().max(1).to_string())
        }
        (Error::MethodNotAllowed { allow }, _) => response.header("allow", allow),
        (Error::ProviderPaused, _) => response.header("retry-after", &seconds(PAUSE_RETRY_AFTER)),
        (_, 429) => response.header("retry-after", &seconds(PLACE_RETRY_AFTER)),
        (_, 401) => response.header("www-authenticate", "Bearer"),
        _ => response,
    }
}

fn seconds(wait: Duration) -> String {
    wait.as_secs().max(1).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Credits, RatePolicy, RateState};

    fn rate() -> RateState {
        let policy = RatePolicy { name: "checkouts", limit: 10, window: Duration::from_secs(600) };
        RateState { policy, remaining: 0, resets_in: Duration::from_millis(41_001) }
    }

    #[test]
    fn a_refused_request_says_when_the_next_may_come() {
        let answer = document(&Error::TooManyRequests(rate()), "r");
        let headers: Vec<_> = answer.headers().collect();
        for header in [
            ("retry-after", "42"),
            ("ratelimit-policy", "\"checkouts\";q=10;w=600"),
            ("ratelimit", "\"checkouts\";r=0;t=42"),
        ] {
            assert!(headers.contains(&header), "{header:?} is missing: {headers:?}");
        }
        let body = String::from_utf8(answer.body().to_vec()).unwrap();
        assert!(body.contains("at most 10 in 10 minutes are possible. Wait 42 seconds."), "{body}");
    }

    /// Clients rely on this table: a line may be added, none may change.
    #[test]
    fn every_error_has_its_status_and_code() {
        let table = [
            (Error::Malformed("x".into()), 400, "malformed"),
            (Error::IdempotencyKeyRequired, 400, "idempotency_key_required"),
            (Error::SignInFailed { detail: "x" }, 400, "sign_in_failed"),
            (Error::Unauthenticated, 401, "unauthenticated"),
            (Error::BadSignature, 401, "bad_signature"),
            (Error::InsufficientCredits { needed: Credits(4), available: Credits(1) }, 402, "insufficient_credits"),
            (Error::CrossOrigin, 403, "cross_origin"),
            (Error::AccountNotActive, 403, "account_not_active"),
            (Error::SignInAgain, 403, "sign_in_again"),
            (Error::NotFound, 404, "not_found"),
            (Error::NoRoute, 404, "no_route"),
            (Error::MethodNotAllowed { allow: "GET, HEAD, OPTIONS".into() }, 405, "method_not_allowed"),
            (Error::NotAcceptable, 406, "not_acceptable"),
            (Error::WrongState { detail: "x" }, 409, "wrong_state"),
            (Error::OtherAccount, 409, "other_account"),
            (Error::IdentityTaken, 409, "identity_taken"),
            (Error::ProviderLinked, 409, "provider_linked"),
            (Error::LastIdentity, 409, "last_identity"),
            (Error::PriceAboveMaxCost { price: Credits(4), max_cost: Credits(1) }, 409, "price_above_max_cost"),
            (Error::NotUploaded, 409, "not_uploaded"),
            (Error::TooManyLots { limit: 200 }, 409, "too_many_lots"),
            (Error::BodyTooLarge { limit: 1 }, 413, "body_too_large"),
            (Error::UnsupportedMediaType, 415, "unsupported_media_type"),
            (Error::invalid("prompt", "x"), 422, "invalid"),
            (Error::UnknownModel, 422, "unknown_model"),
            (Error::ModelNotOffered, 422, "model_not_offered"),
            (Error::ModelRetired, 410, "model_retired"),
            (Error::IdempotencyKeyReused, 422, "idempotency_key_reused"),
            (Error::TooManyGenerations { limit: 3 }, 429, "too_many_generations"),
            (Error::TooManyUploads { limit: 10, retry_after: Duration::from_secs(7) }, 429, "too_many_uploads"),
            (Error::TooManyRequests(rate()), 429, "too_many_requests"),
            (Error::internal("x"), 500, "internal"),
            (Error::ProviderPaused, 503, "provider_paused"),
            (Error::SpendCapReached { retry_after: Duration::from_secs(90) }, 503, "provider_paused"),
            (Error::unavailable(Duration::from_secs(7), "x"), 503, "unavailable"),
        ];
        for (error, expected, code) in table {
            assert_eq!((status(&error).0, error.code()), (expected, code), "{error:?}");
            let answer = document(&error, "r");
            let waits = answer.headers().any(|(name, _)| name == "retry-after");
            assert_eq!(waits, matches!(expected, 429 | 503), "{code} must say Retry-After exactly if waiting helps");
            let allows = answer.headers().any(|header| header == ("allow", "GET, HEAD, OPTIONS"));
            assert_eq!(allows, expected == 405, "{code} must say Allow exactly if another method helps");
        }
    }

    #[test]
    fn a_fault_of_ours_says_nothing_about_its_cause() {
        let response = document(&Error::internal("secret detail"), "request-1");
        let body = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(!body.contains("secret detail") && body.contains("request-1"), "{body}");
    }
}
