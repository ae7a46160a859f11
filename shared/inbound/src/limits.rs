//! The bounds of reading.

/// The limits of a mail. Beyond one of them it is not read any further, and is [`Unreadable`](crate::Unreadable):
/// a person looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole mail. SES takes 40 MB.
    pub mail_bytes: usize,
    /// Bytes of the header block of the mail, and of that of each part.
    pub head_bytes: usize,
    /// Header fields of the mail, and of each part.
    pub fields: usize,
    /// Bytes of one header field with its folded lines.
    pub field_bytes: usize,
    /// Multiparts inside each other.
    pub depth: usize,
    /// Parts of the mail, on all levels.
    pub parts: usize,
    /// Text parts whose text is read. Later ones are left alone, which is no fault: mails with many texts are newsletters.
    pub texts: usize,
    /// Bytes of a text part that are decoded. The rest is left alone.
    pub text_bytes: usize,
    /// DKIM signatures. A mail has one to three.
    pub signatures: usize,
}

impl Default for Limits {
    /// Bounds that no mail of a common client comes near. A smaller `field_bytes` would refuse mails to hundreds of
    /// people. A larger `text_bytes` costs memory in each run.
    fn default() -> Self {
        Self {
            mail_bytes: 42_000_000,
            head_bytes: 256 * 1024,
            fields: 500,
            field_bytes: 64 * 1024,
            depth: 10,
            parts: 300,
            texts: 8,
            text_bytes: 64 * 1024,
            signatures: 10,
        }
    }
}
