//! The keys of objects in the bucket.

use crate::format::Format;
use kernel::{AccountId, GenerationId, PictureId, Timestamp, UploadId};

/// The prefix of all outputs and thumbnails.
pub(crate) const OUTPUTS: &str = "generations/";

/// The prefix of all uploads.
pub(crate) const UPLOADS: &str = "uploads/";

/// The prefix of all portraits.
pub(crate) const PORTRAITS: &str = "pictures/";

/// One output of a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputFile {
    /// The owner.
    pub account: AccountId,
    /// The generation that made the output.
    pub generation: GenerationId,
    /// The number of the output within its generation, from 0.
    pub n: u32,
}

impl OutputFile {
    /// `generations/<account>/<generation>/<n>.<ext>`. The key of an output never changes, so
    /// collecting it again adds a version and no other object.
    #[must_use]
    pub fn key(self, format: Format) -> String {
        let Self { account, generation, n } = self;
        format!("{}{n}.{}", of_generation(account, generation), format.extension())
    }

    /// `generations/<account>/<generation>/<n>.thumbnail.webp`. The thumbnail has the prefix of
    /// its output, so every deletion by prefix deletes both.
    #[cfg(feature = "thumbnails")]
    #[must_use]
    pub fn thumbnail_key(self) -> String {
        let Self { account, generation, n } = self;
        format!("{}{n}.thumbnail.webp", of_generation(account, generation))
    }
}

/// One uploaded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadFile {
    /// The owner.
    pub account: AccountId,
    /// The id of the upload.
    pub id: UploadId,
}

impl UploadFile {
    /// `uploads/<account>/<id>`.
    #[must_use]
    pub fn key(self) -> String {
        format!("{}{}", uploads_of_account(self.account), self.id)
    }
}

/// One copy of the picture of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortraitFile {
    /// The account of the person.
    pub account: AccountId,
    /// The id of the copy.
    pub id: PictureId,
}

impl PortraitFile {
    /// `pictures/<account>/<id>.jpg`. Each copy has a key of its own.
    #[must_use]
    pub fn key(self) -> String {
        format!("{}{}.{}", portraits_of_account(self.account), self.id, Format::Jpeg.extension())
    }

    /// When the copy with this key began. `None` for a key of another form.
    pub(crate) fn made_at(key: &str) -> Option<Timestamp> {
        let (_, name) = key.rsplit_once('/')?;
        let id = name.strip_suffix(Format::Jpeg.extension())?.strip_suffix('.')?;
        id.parse::<PictureId>().ok()?.made_at()
    }
}

/// The prefix of the outputs of an account.
pub(crate) fn outputs_of_account(account: AccountId) -> String {
    format!("{OUTPUTS}{account}/")
}

/// The prefix of the outputs of a generation.
pub(crate) fn of_generation(account: AccountId, generation: GenerationId) -> String {
    format!("{}{generation}/", outputs_of_account(account))
}

/// The prefix of the uploads of an account.
pub(crate) fn uploads_of_account(account: AccountId) -> String {
    format!("{UPLOADS}{account}/")
}

/// The prefix of the portraits of an account.
pub(crate) fn portraits_of_account(account: AccountId) -> String {
    format!("{PORTRAITS}{account}/")
}
