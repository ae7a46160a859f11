//! `POST /v1/webhooks/identity/{provider}`: Google, Apple and Facebook report what a person did with an identity
//! there (P13, P15).
//!
//! - `google`: a security event token of Cross-Account Protection (RFC 8417, delivered as RFC 8935 says).
//! - `apple`: a notification of Sign in with Apple.
//! - `facebook`: the person has taken our access away (`signed_request`).
//! - `facebook-deletion`: the person wants our data of the identity deleted (`signed_request`). The answer has a code,
//!   and the address at which the person reads what became of the request.
//!
//! The partner's signature is the only proof. A message may come more than once and in any order, so it is compared
//! with the times that are stored, and a repetition changes nothing. A message about a person of whom we hold nothing
//! is acknowledged. The metric `UnknownIdentityNotices` counts it.
//!
//! Anybody can send a message that is not signed, or a token that the partner has signed for a person. Such a one is
//! refused and nothing else. The metric `IdentityRefusals` counts the messages that the partner has signed and that are
//! refused all the same.
//!
//! A message under a key that is unknown yet must come again, and Google does not repeat a refused one. So it gets 503.
//! Anybody can cause that too, and the metric `UnknownKeyNotices` counts it: the alarm on faults subtracts it.

mod answer;
mod deps;

pub use deps::Deps;

use accounts::PartnerNotice;
use answer::DeletionAnswer;
use identity::{IdentityNotice, IdentityProvider, NOTICE_TIMEOUT, NoticeKind, NoticeRefusal, in_time};
use kernel::{Error, Result, limits};
use privacy::{NoticeEffect, PartnerIdentity};
use runtime::{
    Ctx,
    http::{Request, Response},
    metric::{self, Metric},
};
use serde::Deserialize;
use std::sync::Arc;

/// The media type of a security event token (RFC 8417 §7.2).
const SECURITY_EVENT: &str = "application/secevent+jwt";

/// The messages that this route takes, by the last part of its path.
#[derive(Debug, Clone, Copy)]
enum Message {
    Google,
    Apple,
    FacebookDeauthorise,
    FacebookDeletion,
}

/// The form that Facebook sends. It may have other fields.
#[derive(Deserialize)]
struct SignedRequest {
    signed_request: String,
}

/// Takes one message.
///
/// - `google`: 202. A message that is refused is answered in the form of RFC 8935.
/// - `apple`: 200, without a body. Apple sends a message again after every other status.
/// - `facebook`: 204.
/// - `facebook-deletion`: 200 with the code and its address.
///
/// # Errors
/// `bad_signature` (everything that cannot be verified), `malformed`, `unsupported_media_type`, `body_too_large`,
/// `not_found` (an unknown partner). After the verification only `unavailable` and `internal`, so that the partner
/// sends the message again. `unavailable` also for a message that takes more than eight seconds, and for one of Google
/// whose key is not known yet.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let message = Message::parse(request.path("provider")?)?;
    in_time(NOTICE_TIMEOUT, take(&deps, &ctx, &request, message)).await
}

async fn take(deps: &Deps, ctx: &Ctx, request: &Request, message: Message) -> Result<Response> {
    match message {
        Message::Google => match google(deps, ctx, request).await {
            Ok(notices) => {
                for notice in &notices {
                    apply(deps, ctx, notice).await?;
                }
                Ok(Response::empty(202))
            }
            Err(NoticeRefusal::Other(error)) if error.cause().is_some() => Err(error),
            Err(NoticeRefusal::UnknownKey) => {
                metric::publish(&deps.stage, ctx.now, &[Metric { name: "UnknownKeyNotices", value: 1.0 }]);
                Err(NoticeRefusal::UnknownKey.into())
            }
            Err(refusal) => Ok(answer::refused_event(heard(deps, ctx, IdentityProvider::Google, refusal))),
        },
        Message::Apple => {
            let notice = deps.verifier.apple(bounded(request)?, ctx.now).await;
            let notice = notice.map_err(|refusal| heard(deps, ctx, IdentityProvider::Apple, refusal))?;
            apply(deps, ctx, &notice).await?;
            Ok(Response::empty(200))
        }
        Message::FacebookDeauthorise => {
            let notice = facebook(deps, ctx, request, NoticeKind::EndSessions)?;
            apply(deps, ctx, &notice).await?;
            Ok(Response::empty(204))
        }
        Message::FacebookDeletion => {
            let notice = facebook(deps, ctx, request, NoticeKind::IdentityDeleted)?;
            delete(deps, ctx, &notice).await
        }
    }
}

impl Message {
    fn parse(name: &str) -> Result<Self> {
        match name {
            "google" => Ok(Self::Google),
            "apple" => Ok(Self::Apple),
            "facebook" => Ok(Self::FacebookDeauthorise),
            "facebook-deletion" => Ok(Self::FacebookDeletion),
            _ => Err(Error::NotFound),
        }
    }
}

/// Verifies a security event token. It may have several events.
async fn google(deps: &Deps, ctx: &Ctx, request: &Request) -> Result<Vec<IdentityNotice>, NoticeRefusal> {
    let sent = request.header("content-type").and_then(|value| value.split(';').next()).map(str::trim);
    if !sent.is_some_and(|sent| sent.eq_ignore_ascii_case(SECURITY_EVENT)) {
        return Err(Error::UnsupportedMediaType.into());
    }
    deps.verifier.google(bounded(request)?, ctx.now).await
}

/// Verifies a message of Facebook.
fn facebook(deps: &Deps, ctx: &Ctx, request: &Request, kind: NoticeKind) -> Result<IdentityNotice> {
    if !request.is_form() {
        return Err(Error::UnsupportedMediaType);
    }
    let form: SignedRequest = request.json_or_form(&[]).map_err(unverified)?;
    let notice = deps.verifier.facebook(&form.signed_request, kind, ctx.now);
    notice.map_err(|refusal| heard(deps, ctx, IdentityProvider::Facebook, refusal).into())
}

/// The body, if it is no larger than a JSON body may be.
fn bounded(request: &Request) -> Result<&[u8]> {
    match request.body().len() {
        0..=limits::JSON_BODY_BYTES => Ok(request.body()),
        _ => Err(Error::BodyTooLarge { limit: limits::JSON_BODY_BYTES }),
    }
}

/// Applies a verified message. One without a person is a test, or reports something that changes nothing here.
async fn apply(deps: &Deps, ctx: &Ctx, notice: &IdentityNotice) -> Result<()> {
    let (Some(subject), Some(change)) = (&notice.subject, change(notice)) else { return Ok(()) };
    let identity = PartnerIdentity { provider: notice.provider.as_str(), subject };
    let effect = deps.notices.apply(identity, change, &ctx.ids, ctx.now).await.map_err(ours)?;
    count(deps, ctx, effect);
    Ok(())
}

/// Carries out Facebook's request for deletion.
async fn delete(deps: &Deps, ctx: &Ctx, notice: &IdentityNotice) -> Result<Response> {
    let subject = notice.subject.as_ref().ok_or(Error::BadSignature)?;
    let identity = PartnerIdentity { provider: IdentityProvider::Facebook.as_str(), subject };
    let done = deps.notices.answer(identity, notice.at, &ctx.ids, ctx.now).await.map_err(ours)?;
    count(deps, ctx, done.effect);
    Ok(Response::json(200, &DeletionAnswer::new(&deps.public_origin, &done.code)))
}

/// The change that a message asks for. `None` for a message that changes nothing.
fn change(notice: &IdentityNotice) -> Option<PartnerNotice> {
    let at = notice.at;
    match notice.kind {
        NoticeKind::EndSessions => Some(PartnerNotice::EndSessions { at }),
        NoticeKind::MailDisabled => Some(PartnerNotice::MailDisabled { at }),
        NoticeKind::MailEnabled => Some(PartnerNotice::MailEnabled { at }),
        NoticeKind::IdentityDeleted => Some(PartnerNotice::IdentityDeleted { at }),
        NoticeKind::Test | NoticeKind::Other => None,
    }
}

fn count(deps: &Deps, ctx: &Ctx, effect: NoticeEffect) {
    if effect == NoticeEffect::Unknown {
        metric::publish(&deps.stage, ctx.now, &[Metric { name: "UnknownIdentityNotices", value: 1.0 }]);
    }
}

/// The same refusal, after it was counted and logged if a setting may be wrong.
fn heard(deps: &Deps, ctx: &Ctx, provider: IdentityProvider, refusal: NoticeRefusal) -> NoticeRefusal {
    if let Some(reason) = refusal.suspicion() {
        tracing::warn!(
            request_id = ctx.request_id,
            provider = provider.as_str(),
            reason,
            "a message that its partner has signed was refused"
        );
        metric::publish(&deps.stage, ctx.now, &[Metric { name: "IdentityRefusals", value: 1.0 }]);
    }
    refusal
}

/// The error of a form without a message. The sender is not told what is missing.
fn unverified(error: Error) -> Error {
    match error {
        Error::Malformed(_) | Error::UnsupportedMediaType | Error::BodyTooLarge { .. } => error,
        error if error.cause().is_some() => error,
        _ => Error::BadSignature,
    }
}

/// The error of a verified message that was not applied: a fault of ours, so that the partner sends it again.
fn ours(error: Error) -> Error {
    if error.cause().is_some() { error } else { Error::internal(error) }
}
