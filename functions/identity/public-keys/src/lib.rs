//! `GET /.well-known/jwks.json`: the public keys that verify access tokens, as a JSON Web Key Set
//! (RFC 7517 §5, RFC 8037 §2).
//!
//! The current key comes first. A previous key stays in the set while its tokens may still be valid. A
//! token names its key by `kid`, the thumbprint of RFC 7638.

use contract::Route;
use kernel::Result;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use session::JwkSet;
use std::sync::Arc;

/// How long clients may store the set. A new key is published at least as long before it signs, as
/// infra/operations.md says; a longer time would make its tokens unknown to some clients.
const CACHED: &str = "public, max-age=300";

/// The media type of a key set (RFC 7517 §8.5.2).
const MEDIA_TYPE: &str = "application/jwk-set+json";

/// The public keys in the environment.
#[derive(Debug)]
pub struct Deps {
    keys: JwkSet,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable, or when a key cannot be parsed.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self { keys: JwkSet::from_public_keys(init.var("SESSION_PUBLIC_KEYS")?)? })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "A token names its key in its header, as `kid`. A previous key stays in the set while its tokens may \
                 still be valid.";
    Route::get("/.well-known/jwks.json", "Read the keys that verify access tokens")
        .about(about)
        .cached()
        .answers_in::<JwkSet>(
            200,
            "the keys that verify access tokens, as a JSON Web Key Set; cached for 5 minutes",
            MEDIA_TYPE,
        )
        .never("unavailable")
        .never("not_acceptable")
}

/// Answers the set, without a request to anything.
///
/// # Errors
/// None.
pub async fn handle(deps: Arc<Deps>, _: Ctx, _: Request) -> Result<Response> {
    let answer = Response::json(200, &deps.keys).header("content-type", MEDIA_TYPE);
    Ok(answer.header("cache-control", CACHED))
}
