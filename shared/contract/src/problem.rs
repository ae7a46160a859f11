//! The problem documents of all routes: their codes, their statuses, and the advice for clients.

/// A kind of error, as clients read it in `code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The stable code.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// When it is answered.
    pub when: &'static str,
    /// What the client, or the person who uses it, can do.
    pub advice: &'static str,
}

const fn row(status: u16, code: &'static str, when: &'static str, advice: &'static str) -> Problem {
    Problem { code, status, when, advice }
}

/// All problems, in the order of their statuses. Clients rely on the pairs of code and status: a row may be
/// added, none may change.
pub const PROBLEMS: [Problem; 36] = [
    row(400, "malformed", "the body, query or path cannot be read", "correct the syntax"),
    row(400, "idempotency_key_required", "the header is missing or has another form", "send an `Idempotency-Key`"),
    row(
        400,
        "sign_in_failed",
        "the sign-in was not completed, took too long, was used before, or is not valid",
        "begin a new sign-in",
    ),
    row(
        401,
        "unauthenticated",
        "no access token, or one that is not valid; on routes that change something, also an ended session",
        "refresh the session, or sign in",
    ),
    row(401, "bad_signature", "a webhook whose signature or time is wrong", "sign the request with the shared secret"),
    row(402, "insufficient_credits", "it costs more than is available", "buy credits, or choose cheaper settings"),
    row(403, "cross_origin", "a change by cookie from another site", "send it from our own pages, or with a token"),
    row(403, "account_not_active", "the account is frozen or being deleted", "read `GET /v1/account` for the reason"),
    row(
        403,
        "sign_in_again",
        "the session began more than 15 minutes ago, and the ways to sign in are to be changed",
        "sign in again, then repeat the request within 15 minutes",
    ),
    row(404, "not_found", "the object does not exist, or belongs to another account", "check the id"),
    row(404, "no_route", "no route has this path", "check the path"),
    row(405, "method_not_allowed", "the path does not have this method", "use a method that `Allow` lists"),
    row(406, "not_acceptable", "`Accept` excludes JSON", "accept `application/json`"),
    row(409, "wrong_state", "the stored state does not allow the change", "read the object again"),
    row(
        409,
        "other_account",
        "`X-Account` names another account than the one that the session belongs to",
        "read `GET /v1/account` again: another person is signed in now",
    ),
    row(
        409,
        "identity_taken",
        "the sign-in of this partner leads to another account",
        "sign in with it, and remove it there or delete that account",
    ),
    row(409, "provider_linked", "the account has another sign-in of this partner", "remove that one first"),
    row(
        409,
        "last_identity",
        "it is the only way to sign in to the account",
        "link another one first, or delete the account",
    ),
    row(409, "price_above_max_cost", "it costs more than `max_cost`", "ask for the price again, and raise `max_cost`"),
    row(409, "not_uploaded", "the picture of an upload has not been sent", "send the picture first"),
    row(409, "too_many_lots", "the account has the maximum of open lots of credits", "spend credits first"),
    row(410, "model_retired", "the model no longer accepts requests", "choose another model"),
    row(413, "body_too_large", "the body is over the limit", "send less"),
    row(415, "unsupported_media_type", "the body has a format that the route does not read", "send `application/json`"),
    row(422, "invalid", "a field cannot be accepted; `field` names it", "correct the field"),
    row(422, "unknown_model", "the catalogue does not have this model", "choose one of `GET /v1/models`"),
    row(
        422,
        "model_not_offered",
        "the vendor of the model may train models with inputs, and the operator has not allowed it",
        "choose one of `GET /v1/models`",
    ),
    row(422, "idempotency_key_reused", "the key was used for another request", "send a new key for a new request"),
    row(
        429,
        "too_many_refused",
        "too many generations of the account were not allowed today",
        "wait for `Retry-After`, and change the prompt",
    ),
    row(429, "too_many_failed", "too many generations of the account failed today", "start again after midnight (UTC)"),
    row(
        429,
        "too_many_generations",
        "the account has the maximum of generations under way",
        "wait until one has ended, or cancel one",
    ),
    row(
        429,
        "too_many_requests",
        "the network or the account has sent as many requests of this kind as it may",
        "wait for `Retry-After`",
    ),
    row(
        429,
        "too_many_uploads",
        "the account has the maximum of uploads that are open or in use",
        "use the open ones, or wait for `Retry-After`",
    ),
    row(500, "internal", "a fault of ours", "try again later; report it with `request_id`"),
    row(
        503,
        "provider_paused",
        "the model is switched off, fails right now, or its provider has reached its daily cap",
        "choose another model, or wait for `Retry-After`",
    ),
    row(503, "unavailable", "we or a partner cannot answer now", "wait for `Retry-After`"),
];

/// The problem with this code.
///
/// # Panics
/// If there is none. Contracts are made in tests and at build time alone.
#[must_use]
#[allow(clippy::panic, reason = "a contract with a wrong code must not be published")]
pub fn problem(code: &str) -> &'static Problem {
    let found = PROBLEMS.iter().find(|problem| problem.code == code);
    found.unwrap_or_else(|| panic!("{code} is no code of a problem: add its row to PROBLEMS"))
}
