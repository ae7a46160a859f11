//! Accounts: profiles, identities, sessions and the sign-in log.
//!
//! [`AccountStore`] has the changes of a first sign-in and the decision about a later one, for the
//! caller's transaction. It also decides about links of identities, their removal, and the notices of the
//! partners, it continues and ends sessions, and it records the copy of the picture. [`rotation`] has the pure rules of
//! refresh token rotation. The text form of refresh tokens belongs to the crate `session`.
//!
//! Only [`AccountStore::birth_changes`] creates a partition. Every other write is conditional on
//! the account's existence, so no write brings an erased account back.

mod consents;
mod deletion;
mod device;
mod edit;
mod fresh;
mod identities;
mod items;
pub mod keys;
mod operator;
mod personal;
mod pictures;
mod preferences;
pub mod rotation;
mod sessions;
mod sign_in;
mod store;

pub use consents::choice::{Choice, Consent, Consents, LatestChoice, TextHash};
pub use consents::notice::{Notice, NoticeDocument, Notices};
pub use consents::record::Record;
pub use deletion::DeletionMark;
pub use device::device;
pub use edit::{IDENTITY_PROVIDERS, Name, ProfileChange};
pub use fresh::{FreshCaller, RecentCaller};
pub use identities::linked::{LinkedIdentity, SealedToken};
pub use identities::notice::{NoticeOutcome, PartnerNotice};
pub use identities::signing_in::SignedIn;
pub use identities::unlinking::{Removal, Unlinked};
pub use items::{Profile, Subject};
pub use keys::DELETION;
pub use operator::FoundAccount;
pub use pictures::copy::{PictureCopy, PictureStep, StoredPicture};
pub use pictures::record::SeenPicture;
pub use pictures::wake::{PictureMessage, PictureQueue};
pub use preferences::{EmailPreferences, Preferences, PreferencesChange, Theme};
pub use sessions::list::ActiveSession;
pub use sessions::sign_in_log::LoggedSignIn;
pub use sign_in::{Person, SignIn};
pub use store::{AccountStore, Refreshed};
