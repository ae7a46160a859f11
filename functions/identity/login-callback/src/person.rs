//! The person, as the store takes it.

use crate::deps::Deps;
use accounts::Person;
use identity::{IdentityProfile, IdentityProvider, VerifiedIdentity};
use kernel::Result;
use runtime::Ctx;

/// The person of a verified identity. The partner's refresh token is sealed for this identity alone.
///
/// # Errors
/// `internal` when the token cannot be sealed.
pub(crate) fn person(
    deps: &Deps,
    ctx: &Ctx,
    provider: IdentityProvider,
    VerifiedIdentity { profile, refresh_token }: VerifiedIdentity,
) -> Result<Person> {
    let IdentityProfile { issuer, subject, email, email_verified, is_private_email, name, picture_url } = profile;
    let seal = |token: String| deps.partner_tokens.seal(provider, &subject, &token, &ctx.ids);
    let sealed_token = refresh_token.map(seal).transpose()?;
    let provider = provider.as_str();
    Ok(Person { provider, issuer, subject, email, email_verified, is_private_email, name, picture_url, sealed_token })
}
