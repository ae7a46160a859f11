//! The rules of the copy of a person's picture. A copy is shown only where the person has a picture, and only while
//! the partner that it came from is the one that the picture comes from.

use kernel::sha256_hex;
use serde::{Deserialize, Serialize};

/// The outcome of a look at the picture at one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureCopy {
    /// SHA-256 of the address, 64 lower-case hexadecimal digits. The addresses of Facebook change with each sign-in.
    pub of: String,
    /// The partner that gave the address, by its name in keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The copy in the bucket. `None` if there is no usable picture at the address, so that it is not fetched again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<StoredPicture>,
}

/// A copy in the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPicture {
    /// The key of the object.
    pub key: String,
    /// The version of the object.
    pub version_id: String,
}

/// The next step towards a copy that is the one of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureStep {
    /// None: the copy is that of the address, or there is neither.
    Keep,
    /// To remove the copy. The person has no picture any more, or it comes from another partner.
    Remove,
    /// To fetch the picture at the address.
    Fetch,
}

impl PictureCopy {
    /// The outcome for an address, which the partner `from` gave.
    #[must_use]
    pub fn new(address: &str, from: Option<&str>, file: Option<StoredPicture>) -> Self {
        Self { of: digest(address), from: from.map(str::to_owned), file }
    }

    fn is_of(&self, address: &str) -> bool {
        self.of == digest(address)
    }

    fn is_from(&self, source: Option<&str>) -> bool {
        source.is_some() && self.from.as_deref() == source
    }
}

fn digest(address: &str) -> String {
    sha256_hex(address.as_bytes())
}

/// The next step. `address` is the address of the profile, and `from` its source.
pub(crate) fn next_step(address: Option<&str>, from: Option<&str>, copy: Option<&PictureCopy>) -> PictureStep {
    match (address, copy) {
        (None, None) => PictureStep::Keep,
        (None, Some(_)) => PictureStep::Remove,
        (Some(_), None) => PictureStep::Fetch,
        (Some(address), Some(copy)) if copy.is_of(address) => PictureStep::Keep,
        // The copy of another partner goes before the fetch, which may fail for long.
        (Some(_), Some(copy)) if copy.file.is_some() && !copy.is_from(from) => PictureStep::Remove,
        (Some(_), Some(_)) => PictureStep::Fetch,
    }
}

/// The copy that is shown: that of the address, or until it is there an older one from the same partner.
pub(crate) fn shown<'a>(
    address: Option<&str>,
    from: Option<&str>,
    copy: Option<&'a PictureCopy>,
) -> Option<&'a StoredPicture> {
    let (address, copy) = (address?, copy?);
    copy.file.as_ref().filter(|_| copy.is_of(address) || copy.is_from(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "https://pictures.example/old";
    const NEW: &str = "https://pictures.example/new";

    fn file() -> Option<StoredPicture> {
        Some(StoredPicture { key: "pictures/a/1.jpg".into(), version_id: "v1".into() })
    }

    /// The next step, and whether the copy is shown.
    fn rules(address: Option<&str>, from: Option<&str>, copy: Option<&PictureCopy>) -> (PictureStep, bool) {
        (next_step(address, from, copy), shown(address, from, copy).is_some())
    }

    #[test]
    fn a_picture_is_fetched_once_for_an_address() {
        let google = Some("google");
        assert_eq!(rules(None, None, None), (PictureStep::Keep, false));
        assert_eq!(rules(Some(NEW), google, None), (PictureStep::Fetch, false));
        let (made, none) = (PictureCopy::new(NEW, google, file()), PictureCopy::new(NEW, google, None));
        assert_eq!(rules(Some(NEW), google, Some(&made)), (PictureStep::Keep, true));
        assert_eq!(rules(Some(NEW), google, Some(&none)), (PictureStep::Keep, false), "there is none, as is known");
        assert_eq!(rules(Some(OLD), google, Some(&none)), (PictureStep::Fetch, false));
    }

    #[test]
    fn an_older_copy_of_the_same_partner_is_shown_until_the_new_one_is_there() {
        let old = PictureCopy::new(OLD, Some("facebook"), file());
        assert_eq!(rules(Some(NEW), Some("facebook"), Some(&old)), (PictureStep::Fetch, true));
    }

    #[test]
    fn a_copy_of_another_partner_or_of_none_goes_and_is_shown_nowhere() {
        let old = PictureCopy::new(OLD, Some("google"), file());
        assert_eq!(rules(None, None, Some(&old)), (PictureStep::Remove, false));
        assert_eq!(rules(None, Some("google"), Some(&old)), (PictureStep::Remove, false));
        assert_eq!(rules(Some(NEW), Some("facebook"), Some(&old)), (PictureStep::Remove, false));
        assert_eq!(rules(Some(NEW), None, Some(&old)), (PictureStep::Remove, false));
        let nothing = PictureCopy::new(OLD, Some("google"), None);
        assert_eq!(rules(Some(NEW), Some("facebook"), Some(&nothing)), (PictureStep::Fetch, false));
        assert_eq!(rules(None, None, Some(&nothing)), (PictureStep::Remove, false), "it says what address it was");
    }

    /// Profiles had no sources while an account had one identity.
    #[test]
    fn a_copy_of_before_the_sources_is_that_of_its_address() {
        let made = PictureCopy::new(OLD, None, file());
        assert_eq!(rules(Some(OLD), None, Some(&made)), (PictureStep::Keep, true));
        assert_eq!(rules(Some(OLD), Some("google"), Some(&made)), (PictureStep::Keep, true));
        assert_eq!(rules(Some(NEW), Some("google"), Some(&made)), (PictureStep::Remove, false));
    }
}
