//! `POST /v1/session/refresh`: exchanges a refresh token for a new access token and a new refresh
//! token (P08).
//!
//! A session is extended to 30 days from now, at most to 180 days from its sign-in. The cookie lasts as
//! long.
//!
//! An account may refresh its sessions 40 times a minute.
//!
//! The client sends the refresh token in the cookie, or in the body as `refresh_token`. The answer
//! returns the new tokens in the same way only. A client that names its account (`X-Account`) gets no tokens of
//! another one, and that session goes on unchanged.

use accounts::{AccountStore, Refreshed, rotation::RefreshSecret};
use contract::Route;
use kernel::{Caller, Error, Result, limits};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
    metric::{self, Metric},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use session::{PseudonymKeys, RefreshToken, Signer, cookie};
use std::sync::Arc;
use transient::{AccountRates, REFRESHES};

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    public_origin: String,
    signer: Signer,
    accounts: AccountStore,
    rates: AccountRates,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init) -> Result<Self> {
        let accounts = AccountStore::new(init.table("ACCOUNTS_TABLE")?);
        let secrets = init.secrets(&["pseudonym-key", "session-signing-key"]).await?;
        let public_origin = init.var("PUBLIC_ORIGIN")?.to_owned();
        let pseudonyms = PseudonymKeys::from_keys(secrets.get("pseudonym-key")?.accepted())?;
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            signer: Signer::from_seed(secrets.get("session-signing-key")?.current(), pseudonyms, &public_origin)?,
            public_origin,
            accounts,
            rates: AccountRates::new(init.table("TRANSIENT_TABLE")?),
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    let about = "A browser sends no body: the cookie `__Host-refresh` has the refresh token, and the request must \
                 come from the service's own pages. Other clients send the token in the body. A refresh token is used \
                 once. For 30 seconds a repetition returns the same successor, so that two tabs and lost answers \
                 work; a later repetition ends the session.";
    Route::post("/v1/session/refresh", "Exchange a refresh token for new tokens")
        .about(about)
        .takes_refresh_cookie()
        .may_read::<Body>()
        .answers::<Answer<'_>>(200, "a new access token; the refresh token is rotated")
        .may_have_header("set-cookie", "By cookie: the new access token and the new refresh token.")
        .limited(REFRESHES)
        .fails(&["unauthenticated", "cross_origin"])
}

/// Continues a session.
///
/// # Errors
/// `unauthenticated` (a missing, wrong, expired or reused token), `cross_origin` (a cookie from
/// another origin), `other_account`, `too_many_requests`, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let by_body = !request.body().is_empty();
    let presented = match by_body {
        true => RefreshToken::parse(&request.json::<Body>()?.refresh_token)?,
        false => {
            request.from_own_pages(&deps.public_origin)?;
            RefreshToken::parse(cookie::read(request.cookies(), cookie::REFRESH).ok_or(Error::Unauthenticated)?)?
        }
    };
    let RefreshToken { account, session, secret } = presented;
    request.made_for(account)?;
    let (secret, mut rate) = (RefreshSecret::new(secret), None);
    let who = deps.signer.pseudonym(account, ctx.now);
    let allow = async || {
        // The token has proven its session, so the line names the account, also if the counter refuses.
        request.note_account(who);
        rate = Some(deps.rates.count(REFRESHES, account, ctx.now).await?);
        Ok(())
    };
    let refreshed = deps.accounts.refresh(account, session, &secret, &ctx.ids, ctx.now, allow).await?;
    let (secret, lifetime) = match refreshed {
        Refreshed::Continued { secret, expires_at } => {
            (secret.bytes(), expires_at.duration_since(ctx.now).unsigned_abs())
        }
        Refreshed::Ended => return Err(Error::Unauthenticated),
        Refreshed::Reused => {
            request.note_account(who);
            tracing::warn!(request_id = ctx.request_id, "a used refresh token came again; its session was ended");
            metric::publish(&deps.stage, ctx.now, &[Metric { name: "RefreshTokenReuses", value: 1.0 }]);
            return Err(Error::Unauthenticated);
        }
    };
    let access = deps.signer.issue(&Caller { account, session, issued_at: ctx.now })?;
    let refresh = RefreshToken { account, session, secret };
    let expires_in = limits::ACCESS_TOKEN_LIFETIME.as_secs();
    if by_body {
        let (access_token, refresh_token) = (Some(access.as_str()), Some(refresh.to_text()));
        return Ok(Response::json(200, &Answer { access_token, refresh_token, expires_in }).rate_limit(rate.as_ref()));
    }
    let answer = Response::json(200, &Answer { access_token: None, refresh_token: None, expires_in });
    Ok(answer.rate_limit(rate.as_ref()).cookie(cookie::session(&access)).cookie(cookie::refresh(&refresh, lifetime)))
}

/// A refresh token in a body.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RefreshRequest")]
struct Body {
    /// The refresh token, as the last answer gave it.
    refresh_token: String,
}

/// The tokens of a continued session.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SessionTokens")]
struct Answer<'a> {
    /// The new access token. Left out if the request was made by cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(required)]
    access_token: Option<&'a str>,
    /// The new refresh token. Left out if the request was made by cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(required)]
    refresh_token: Option<String>,
    /// How long the access token is valid, in seconds.
    expires_in: u64,
}
