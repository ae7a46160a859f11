//! Sign-in with a partner (identity provider).
//!
//! An [`AuthorizationEndpoint`] makes the URL to which the browser is sent. A partner such as
//! [`Google`] exchanges the returned code for an [`IdentityProfile`]. Nothing is stored. The ID
//! token has all data that we promise to take, so the partner's access and refresh tokens are
//! dropped unread.
//!
//! No error contains a token, a code or an address.

mod authorization;
mod google;
mod id_token;
mod keys;
mod pkce;
mod profile;
mod provider;
#[cfg(test)]
mod test_partner;
mod urls;

pub use authorization::AuthorizationEndpoint;
pub use google::{Google, GoogleSettings};
pub use pkce::{challenge, fresh_nonce, fresh_verifier};
pub use profile::IdentityProfile;
pub use provider::IdentityProvider;
pub use urls::problem_page;
