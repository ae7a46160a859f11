//! The person, as the store takes it.

use crate::deps::Deps;
use accounts::{Person, keys};
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
    let provider = provider.as_str();
    let purpose = keys::reverse(provider, &subject);
    let seal = |token: String| deps.partner_tokens.seal(&purpose, token.as_bytes(), &ctx.ids);
    let sealed_token = refresh_token.map(seal).transpose()?;
    Ok(Person { provider, issuer, subject, email, email_verified, is_private_email, name, picture_url, sealed_token })
}
