//! The requests that are no deletion.

/// The kind of a mail that becomes a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// A copy of the data about a person (Art. 15 GDPR).
    Access,
    /// Data that is wrong (Art. 16 GDPR).
    Rectification,
    /// An objection to a processing (Art. 21 GDPR).
    Objection,
    /// Money back.
    Refund,
    /// A complaint.
    Complaint,
    /// A report of content.
    Report,
    /// Everything else.
    General,
}

impl RequestKind {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Rectification => "rectification",
            Self::Objection => "objection",
            Self::Refund => "refund",
            Self::Complaint => "complaint",
            Self::Report => "report",
            Self::General => "general",
        }
    }
}
