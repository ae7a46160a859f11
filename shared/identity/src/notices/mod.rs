//! Messages that partners send by themselves (back channels).

mod age;
mod apple_event;
mod notice;
mod refusal;
mod security_events;
mod signed_request;
#[cfg(test)]
mod tests;
mod verifier;

pub use notice::{IdentityNotice, NoticeKind};
pub use refusal::NoticeRefusal;
pub use verifier::{NoticeSettings, NoticeVerifier};
