//! Facebook Login: <https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow>.

mod app_secret;
mod client;
mod graph;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use app_secret::AppSecret;
pub(crate) use client::Facebook;
pub use settings::FacebookSettings;
