use crate::Credits;
use std::{error::Error as StdError, sync::Arc, time::Duration};

/// Why something failed inside: logged once, never sent to a client.
pub type Cause = Arc<dyn StdError + Send + Sync>;

/// Everything that can go wrong, free of any transport.
///
/// `Display` is the sentence that a client may read; `code` is what it may rely on.
/// `runtime` maps it to HTTP and to queue outcomes in one file.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The body, query or path cannot be read at all.
    #[error("{0}")]
    Malformed(String),
    /// A body in another format than the route reads.
    #[error("Send the body as application/json.")]
    UnsupportedMediaType,
    /// The body is larger than the limit, in bytes.
    #[error("The body may have at most {limit} bytes.")]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The request can be read, but what it says cannot be.
    #[error("{detail}")]
    Invalid {
        /// The field, as a path into the body.
        field: &'static str,
        /// A sentence for the client.
        detail: String,
    },
    /// No access token, or one that does not hold.
    #[error("Sign in first.")]
    Unauthenticated,
    /// A change by cookie that does not come from our own pages.
    #[error("Requests that change something must come from this site's own pages.")]
    CrossOrigin,
    /// An attempt to sign in that cannot be completed.
    #[error("{detail}")]
    SignInFailed {
        /// A sentence for the person.
        detail: &'static str,
    },
    /// The signature of a webhook does not hold.
    #[error("The signature does not match.")]
    BadSignature,
    /// There is no such thing, or it belongs to somebody else.
    #[error("There is no such thing here.")]
    NotFound,
    /// No route has this path.
    #[error("There is no such route.")]
    NoRoute,
    /// Costs credits, and no key was sent that makes a repetition safe.
    #[error("Send an Idempotency-Key header: 1 to 64 characters of A-Z, a-z, 0-9, _ and -.")]
    IdempotencyKeyRequired,
    /// The same key was sent with another request.
    #[error("This Idempotency-Key was used for another request.")]
    IdempotencyKeyReused,
    /// No such model in the catalogue.
    #[error("There is no such model. GET /v1/models lists them.")]
    UnknownModel,
    /// The model takes nothing new any more.
    #[error("This model is no longer available. Choose another one.")]
    ModelRetired,
    /// The model, or whoever runs it, is switched off for now.
    #[error("This model takes nothing new right now. Choose another one, or try again later.")]
    ProviderPaused,
    /// The model's provider has cost us enough for today.
    #[error("This model takes nothing new today. Choose another one, or try again after midnight (UTC).")]
    SpendCapReached {
        /// How long the day still lasts.
        retry_after: Duration,
    },
    /// Costs more than the request allows.
    #[error("This costs {price} credits, more than max_cost ({max_cost}).")]
    PriceAboveMaxCost {
        /// What it costs.
        price: Credits,
        /// What the request allows.
        max_cost: Credits,
    },
    /// Not enough spendable credits.
    #[error("This costs {needed} credits and {available} are available.")]
    InsufficientCredits {
        /// What it costs.
        needed: Credits,
        /// What can be spent.
        available: Credits,
    },
    /// As many generations under way as the account may have.
    #[error("{limit} generations are under way, as many as this account may have at once.")]
    TooManyGenerations {
        /// The limit.
        limit: u32,
    },
    /// As many uploads as the account may have, and none that may make room.
    #[error("{limit} uploads are open or in use, as many as this account may have at once.")]
    TooManyUploads {
        /// The limit.
        limit: usize,
        /// When the first of them makes room at the latest.
        retry_after: Duration,
    },
    /// An upload was asked for, and its picture has not been sent.
    #[error("This upload has not been sent yet. Send the picture first.")]
    NotUploaded,
    /// As many lots of credits open as a balance may have.
    #[error("{limit} lots of credits are open, as many as an account may have. Spend some of them first.")]
    TooManyLots {
        /// The limit.
        limit: usize,
    },
    /// The account is frozen or being deleted: nothing may be spent or started.
    #[error("This account cannot start anything new.")]
    AccountNotActive,
    /// The stored state does not allow the change.
    #[error("{detail}")]
    WrongState {
        /// A sentence for the client.
        detail: &'static str,
    },
    /// We or a partner cannot answer now; trying again later helps.
    #[error("This is not possible right now. Try again later.")]
    Unavailable {
        /// How long to wait.
        retry_after: Duration,
        /// For the log.
        cause: Cause,
    },
    /// A fault of ours. Trying again may help, and is not promised to.
    #[error("Something went wrong on our side.")]
    Internal(Cause),
}

impl Error {
    /// A fault of ours, from any error.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(cause.into().into())
    }

    /// A passing fault, from any error.
    pub fn unavailable(retry_after: Duration, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable { retry_after, cause: cause.into().into() }
    }

    /// A field that cannot be accepted.
    pub fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid { field, detail: detail.into() }
    }

    /// The stable word that clients may rely on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::Invalid { .. } => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::CrossOrigin => "cross_origin",
            Self::SignInFailed { .. } => "sign_in_failed",
            Self::BadSignature => "bad_signature",
            Self::NotFound => "not_found",
            Self::NoRoute => "no_route",
            Self::IdempotencyKeyRequired => "idempotency_key_required",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::UnknownModel => "unknown_model",
            Self::ModelRetired => "model_retired",
            Self::ProviderPaused | Self::SpendCapReached { .. } => "provider_paused",
            Self::PriceAboveMaxCost { .. } => "price_above_max_cost",
            Self::InsufficientCredits { .. } => "insufficient_credits",
            Self::TooManyGenerations { .. } => "too_many_generations",
            Self::TooManyUploads { .. } => "too_many_uploads",
            Self::NotUploaded => "not_uploaded",
            Self::TooManyLots { .. } => "too_many_lots",
            Self::AccountNotActive => "account_not_active",
            Self::WrongState { .. } => "wrong_state",
            Self::Unavailable { .. } => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// Whether the same request may succeed later without being changed.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::TooManyGenerations { .. }
            | Self::TooManyUploads { .. }
            | Self::ProviderPaused
            | Self::SpendCapReached { .. }
            | Self::Unavailable { .. }
            | Self::Internal(_) => true,
            Self::Malformed(_)
            | Self::UnsupportedMediaType
            | Self::BodyTooLarge { .. }
            | Self::Invalid { .. }
            | Self::Unauthenticated
            | Self::CrossOrigin
            | Self::SignInFailed { .. }
            | Self::BadSignature
            | Self::NotFound
            | Self::NoRoute
            | Self::IdempotencyKeyRequired
            | Self::IdempotencyKeyReused
            | Self::UnknownModel
            | Self::ModelRetired
            | Self::PriceAboveMaxCost { .. }
            | Self::InsufficientCredits { .. }
            | Self::NotUploaded
            | Self::TooManyLots { .. }
            | Self::AccountNotActive
            | Self::WrongState { .. } => false,
        }
    }

    /// What happened inside, for the log alone.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Unavailable { cause, .. } | Self::Internal(cause) => Some(cause),
            _ => None,
        }
    }

    /// Why it happened, for the log alone: the cause, or else the sentence.
    #[must_use]
    pub fn why(&self) -> String {
        self.cause().map_or_else(|| self.to_string(), ToString::to_string)
    }
}
