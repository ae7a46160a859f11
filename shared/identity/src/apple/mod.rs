//! Sign in with Apple:
//! <https://developer.apple.com/documentation/signinwithapplerestapi>.

mod client;
mod client_secret;
mod first_user;
mod revocation;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use client::Apple;
pub(crate) use revocation::AppleRevocation;
pub use settings::AppleSettings;
