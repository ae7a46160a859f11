//! The one error of the workspace.

use crate::{credits::Credits, limits::RECENT_SIGN_IN, rate::RateState};
use std::{error::Error as StdError, sync::Arc, time::Duration};

/// The internal reason of a failure. It is logged once and never sent to a client.
pub type Cause = Arc<dyn StdError + Send + Sync>;

/// Every way in which a request or a job can fail, independent of the transport.
///
/// `Display` is a sentence for people. Clients may rely on [`Error::code`]. One file in `runtime`
/// maps errors to HTTP answers and to outcomes of queue messages.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The body, query or path cannot be parsed at all.
    #[error("{0}")]
    Malformed(String),
    /// The client takes none of the types in which the route answers.
    #[error(
        "The answers are application/json and application/problem+json. Name one of them or */* in the Accept header, \
         or leave the header out."
    )]
    NotAcceptable,
    /// The body has a format that the route does not read.
    #[error("Send the body in a format that this route reads, such as application/json.")]
    UnsupportedMediaType,
    /// The body is larger than the limit, in bytes.
    #[error("The body may have at most {limit} bytes.")]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The request can be parsed, but one of its fields has a value that is not possible.
    #[error("{detail}")]
    Invalid {
        /// The field, as a path into the body.
        field: &'static str,
        /// A sentence for the client.
        detail: String,
    },
    /// The request has no access token, or one that is not valid.
    #[error("Sign in first.")]
    Unauthenticated,
    /// A request that changes something by cookie and does not come from our own pages.
    #[error("Requests that change something must come from this site's own pages.")]
    CrossOrigin,
    /// The client names another account (`X-Account`) than the one that its session belongs to.
    #[error("You are signed in as somebody else in this browser now. Reload the page.")]
    OtherAccount,
    /// The session is alive, but began too long ago to change the ways to sign in.
    #[error("Sign in again, then repeat this within {} minutes.", RECENT_SIGN_IN.as_secs() / 60)]
    SignInAgain,
    /// An attempt to sign in that cannot be completed.
    #[error("{detail}")]
    SignInFailed {
        /// A sentence for the person.
        detail: &'static str,
    },
    /// The signature of a webhook does not match its body.
    #[error("The signature does not match.")]
    BadSignature,
    /// The object does not exist, or it belongs to another account.
    #[error("There is no such thing here.")]
    NotFound,
    /// No route has this path.
    #[error("There is no such route.")]
    NoRoute,
    /// The path has a route, and the route does not take the method.
    #[error("This path takes another method. It takes {allow}.")]
    MethodNotAllowed {
        /// The methods of the path, as the header `Allow` has them: `GET, HEAD, OPTIONS`.
        allow: String,
    },
    /// The route costs credits, and the request has no `Idempotency-Key` that makes a repetition
    /// safe.
    #[error(
        "Send an Idempotency-Key header: 1 to 64 characters of A-Z, a-z, 0-9, _ and -, bare or between two double \
         quotes."
    )]
    IdempotencyKeyRequired,
    /// The same `Idempotency-Key` was sent with another request.
    #[error("This Idempotency-Key was used for another request.")]
    IdempotencyKeyReused,
    /// The catalogue has no such model.
    #[error("There is no such model. GET /v1/models lists them.")]
    UnknownModel,
    /// The model accepts no new generations any more.
    #[error("This model is no longer available. Choose another one.")]
    ModelRetired,
    /// The vendor of the model may train models with inputs, or that is not known, and the operator has not allowed it.
    #[error(
        "This model is not offered here: its vendor may train models with what you send, or does not exclude it. Choose \
         another one."
    )]
    ModelNotOffered,
    /// The model or its provider is switched off for now.
    #[error("This model takes nothing new right now. Choose another one, or try again later.")]
    ProviderPaused,
    /// The model has paused itself, because its jobs failed.
    #[error("This model fails right now. Choose another one, or try again later.")]
    ModelPaused {
        /// The time until the end of the pause.
        retry_after: Duration,
    },
    /// The daily limit of our costs at the model's provider is reached.
    #[error("This model takes nothing new today. Choose another one, or try again after midnight (UTC).")]
    SpendCapReached {
        /// The time until the end of the day (UTC).
        retry_after: Duration,
    },
    /// The generation costs more than the request allows.
    #[error("This costs {price} credits, more than max_cost ({max_cost}).")]
    PriceAboveMaxCost {
        /// The price of the generation.
        price: Credits,
        /// The highest price that the request allows.
        max_cost: Credits,
    },
    /// The account has too few spendable credits.
    #[error("This costs {needed} credits and {available} are available.")]
    InsufficientCredits {
        /// The price of the generation.
        needed: Credits,
        /// The spendable credits of the account.
        available: Credits,
    },
    /// The account has as many generations under way as it may have.
    #[error("{limit} generations are under way, as many as this account may have at once.")]
    TooManyGenerations {
        /// The limit.
        limit: u32,
    },
    /// As many jobs of the account as may be on a day were refused by the policy of a provider.
    #[error("{limit} generations of today were not allowed. New ones can start after a pause.")]
    TooManyRefused {
        /// The number of refused jobs of a day before the first pause.
        limit: u32,
        /// The time until the end of the pause.
        retry_after: Duration,
    },
    /// The jobs of the account that failed today have cost us as much as they may on a day.
    #[error("Too many generations failed today. They cost you nothing. New ones can start after midnight (UTC).")]
    TooManyFailed {
        /// The time until the end of the day (UTC).
        retry_after: Duration,
    },
    /// As many requests of this kind came from the network or the account as may come in a window.
    #[error("Too many of these requests came: {} are possible. Wait {}.", .0.policy, .0.wait_in_words())]
    TooManyRequests(RateState),
    /// The account has as many uploads as it may have, and none of them may be replaced yet.
    #[error("{limit} uploads are open or in use, as many as this account may have at once.")]
    TooManyUploads {
        /// The limit.
        limit: usize,
        /// The time after which the first of them may be replaced at the latest.
        retry_after: Duration,
    },
    /// The upload was opened, but its picture has not been sent.
    #[error("This upload has not been sent yet. Send the picture first.")]
    NotUploaded,
    /// The balance has as many open lots as it may have.
    #[error("{limit} lots of credits are open, as many as an account may have. Spend some of them first.")]
    TooManyLots {
        /// The limit.
        limit: usize,
    },
    /// The account is frozen or being deleted: nothing may be spent or started.
    #[error("This account cannot start anything new.")]
    AccountNotActive,
    /// The identity at the partner leads to another account. It is never moved, and accounts are never merged.
    #[error(
        "This sign-in belongs to another account. Sign in with it, and remove it there or delete that account first."
    )]
    IdentityTaken,
    /// The account has another identity of the same partner.
    #[error("This account has another sign-in of this partner. Remove that one first.")]
    ProviderLinked,
    /// No other identity leads to the account.
    #[error("This is the only way to sign in to this account. Add another one first, or delete the account.")]
    LastIdentity,
    /// The stored state does not allow the change.
    #[error("{detail}")]
    WrongState {
        /// A sentence for the client.
        detail: &'static str,
    },
    /// AWS, a partner or our own service cannot answer now. Trying again later helps.
    #[error("This is not possible right now. Try again later.")]
    Unavailable {
        /// How long the client should wait.
        retry_after: Duration,
        /// The reason, for the log alone.
        cause: Cause,
    },
    /// A fault of our own service. Trying again may help, but need not.
    #[error("Something went wrong on our side.")]
    Internal(Cause),
}

/// The result of every operation that fails with the one [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An [`Error::Internal`] from any error.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(cause.into().into())
    }

    /// An [`Error::Unavailable`] from any error.
    pub fn unavailable(retry_after: Duration, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable { retry_after, cause: cause.into().into() }
    }

    /// An [`Error::Invalid`] for a field of the request.
    pub fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid { field, detail: detail.into() }
    }

    /// The stable code that clients may rely on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::NotAcceptable => "not_acceptable",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::Invalid { .. } => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::CrossOrigin => "cross_origin",
            Self::OtherAccount => "other_account",
            Self::SignInAgain => "sign_in_again",
            Self::SignInFailed { .. } => "sign_in_failed",
            Self::BadSignature => "bad_signature",
            Self::NotFound => "not_found",
            Self::NoRoute => "no_route",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::IdempotencyKeyRequired => "idempotency_key_required",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::UnknownModel => "unknown_model",
            Self::ModelRetired => "model_retired",
            Self::ModelNotOffered => "model_not_offered",
            Self::ProviderPaused | Self::ModelPaused { .. } | Self::SpendCapReached { .. } => "provider_paused",
            Self::PriceAboveMaxCost { .. } => "price_above_max_cost",
            Self::InsufficientCredits { .. } => "insufficient_credits",
            Self::TooManyGenerations { .. } => "too_many_generations",
            Self::TooManyRefused { .. } => "too_many_refused",
            Self::TooManyFailed { .. } => "too_many_failed",
            Self::TooManyRequests(_) => "too_many_requests",
            Self::TooManyUploads { .. } => "too_many_uploads",
            Self::NotUploaded => "not_uploaded",
            Self::TooManyLots { .. } => "too_many_lots",
            Self::AccountNotActive => "account_not_active",
            Self::IdentityTaken => "identity_taken",
            Self::ProviderLinked => "provider_linked",
            Self::LastIdentity => "last_identity",
            Self::WrongState { .. } => "wrong_state",
            Self::Unavailable { .. } => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// The internal reason, for the log alone. `None` for errors that have none.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Unavailable { cause, .. } | Self::Internal(cause) => Some(cause),
            _ => None,
        }
    }

    /// The text for the log alone: the internal reason, or else the sentence for people.
    #[must_use]
    pub fn why(&self) -> String {
        self.cause().map_or_else(|| self.to_string(), ToString::to_string)
    }
}
