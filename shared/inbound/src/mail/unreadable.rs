//! The mails that are not read to their end.

use std::fmt;

/// Why a mail was not read. Each is on the operator's list, and nobody is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unreadable {
    /// The mail has more bytes than [`Limits::mail_bytes`](crate::Limits::mail_bytes).
    LargeMail,
    /// A header block is longer than [`Limits::head_bytes`](crate::Limits::head_bytes).
    LongHead,
    /// A header block has more fields than [`Limits::fields`](crate::Limits::fields).
    ManyFields,
    /// A field is longer than [`Limits::field_bytes`](crate::Limits::field_bytes).
    LongField,
    /// More multiparts lie inside each other than [`Limits::depth`](crate::Limits::depth).
    DeepParts,
    /// The mail has more parts than [`Limits::parts`](crate::Limits::parts).
    ManyParts,
    /// The library that decodes texts panicked.
    Panic,
}

impl Unreadable {
    /// The stable code, for records and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::LargeMail => "large_mail",
            Self::LongHead => "long_head",
            Self::ManyFields => "many_fields",
            Self::LongField => "long_field",
            Self::DeepParts => "deep_parts",
            Self::ManyParts => "many_parts",
            Self::Panic => "panic",
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
