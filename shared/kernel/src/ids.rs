//! The ids of accounts, generations, sessions, uploads, pictures of people and mails.

use crate::{error::Error, time::Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(with = "Uuid")]
        pub struct $name(Uuid);

        impl $name {
            /// The id of a UUID that [`Ids`](crate::source::Ids) made.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// When the id was made, to the millisecond. `None` when the UUID is no UUIDv7.
            #[must_use]
            pub fn made_at(self) -> Option<Timestamp> {
                let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
                Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            /// Accepts only the hyphenated form, in any letter case. [`fmt::Display`] writes lower case, so the
            /// stores see one spelling.
            ///
            /// # Errors
            /// `not_found` for any other text: no object can have such an id.
            fn from_str(text: &str) -> Result<Self, Error> {
                match Uuid::try_parse(text) {
                    Ok(uuid) if uuid.as_hyphenated().to_string().eq_ignore_ascii_case(text) => Ok(Self(uuid)),
                    _ => Err(Error::NotFound),
                }
            }
        }
    };
}

id!(
    /// An account: one private workspace. UUIDv7.
    AccountId
);
id!(
    /// A generation: one job that a person paid for. UUIDv7, so that generations sort by age.
    GenerationId
);
id!(
    /// A signed-in browser or client. UUIDv7.
    SessionId
);
id!(
    /// A picture that a person uploads. A UUIDv7: it contains the time of the upload.
    UploadId
);
id!(
    /// A copy of the picture of a person. A UUIDv7: it contains the time at which the copy began.
    PictureId
);
id!(
    /// A mail that we send. A UUIDv7: it contains the time at which the mail was caused. Rows of several partitions may
    /// have one id, such as those of one announcement.
    MailId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_any_letter_case_and_written_in_lower_case() {
        let text = "01929e6b-6c00-7000-8000-0123456789ab";
        for written in [text, "01929E6B-6C00-7000-8000-0123456789AB", "01929e6B-6c00-7000-8000-0123456789aB"] {
            assert_eq!(written.parse::<AccountId>().unwrap().to_string(), text);
        }
        for other in [
            "01929e6b6c00700080000123456789ab",
            "01929E6B6C00700080000123456789AB",
            "{01929e6b-6c00-7000-8000-0123456789ab}",
            "urn:uuid:01929e6b-6c00-7000-8000-0123456789ab",
            "01929e6b-6c00-7000-8000-0123456789a\u{212a}",
            " 01929e6b-6c00-7000-8000-0123456789ab",
            "",
            "x",
        ] {
            assert!(other.parse::<AccountId>().is_err(), "{other} must not name an account");
        }
    }
}
