//! Sign-in with a partner (identity provider): Google, Apple and Facebook.
//!
//! An [`AuthorizationEndpoint`] makes the URL to which the browser is sent. [`IdentityPartners`]
//! exchange the returned code for a [`VerifiedIdentity`]. A [`NoticeVerifier`] verifies the messages
//! that the partners send by themselves. [`PersonPictures`] fetch the picture of a person. Nothing is
//! stored. Access tokens are dropped, and so are all refresh tokens but Apple's. The caller stores that
//! one as a [`TokenSeal`] has sealed it, and [`PartnerTokens`] have it revoked.
//!
//! No error and no log line contains a token, a code, a subject or an address.

mod answer;
mod apple;
mod authorization;
mod deadline;
mod exchange;
mod facebook;
mod google;
mod id_token;
mod notices;
mod partner_tokens;
mod partners;
mod pictures;
mod pkce;
mod profile;
mod provider;
#[cfg(test)]
mod test_partner;
mod token;
mod urls;

pub use answer::{AttemptSecrets, Returned, VerifiedIdentity};
pub use apple::AppleSettings;
pub use authorization::{AuthorizationEndpoint, Purpose};
pub use deadline::{EXCHANGE_TIMEOUT, NOTICE_TIMEOUT, REVOCATION_TIMEOUT, in_time};
pub use facebook::FacebookSettings;
pub use google::GoogleSettings;
pub use notices::{IdentityNotice, NoticeKind, NoticeRefusal, NoticeSettings, NoticeVerifier};
pub use partner_tokens::{PartnerTokens, TokenSeal};
pub use partners::IdentityPartners;
pub use pictures::{NoPicture, PersonPictures};
pub use pkce::{challenge, fresh_nonce, fresh_verifier};
pub use profile::IdentityProfile;
pub use provider::IdentityProvider;
pub use urls::problem_page;
