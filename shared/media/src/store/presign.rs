use super::media_store::MediaStore;
use kernel::{Result, Timestamp};
use std::time::Duration;

/// The action of a browser that opens a link (`Content-Disposition`, RFC 6266).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// The browser shows the file.
    Show,
    /// The browser saves the file.
    Save,
}

impl MediaStore {
    /// A link that reads one version of an object. The link is valid from `now` for `lifetime`,
    /// at most 7 days and at most as long as the credentials. Makes no request. The file has a
    /// readable name.
    ///
    /// The disposition is part of the link, because an object can store only one and the same
    /// file is both shown and saved. S3 compares `now` with its own clock, so `now` must be the
    /// real time.
    ///
    /// # Errors
    /// `internal`.
    pub fn presign(
        &self,
        key: &str,
        version_id: &str,
        lifetime: Duration,
        disposition: Disposition,
        now: Timestamp,
    ) -> Result<String> {
        let word = match disposition {
            Disposition::Show => "inline",
            Disposition::Save => "attachment",
        };
        let header = format!("{word}; filename=\"{}\"", file_name(key));
        let query = [("response-content-disposition", header.as_str()), ("versionId", version_id)];
        self.signer().presign_get(&format!("{}{key}", self.url()), &query, lifetime, now)
    }
}

/// `generations/<account>/<generation>/<n>.<ext>` becomes `cinemaxsai-<generation>-<n>.<ext>`.
/// Our keys need no quoting in a header.
fn file_name(key: &str) -> String {
    let parts: Vec<&str> = key.split('/').skip(2).collect();
    format!("cinemaxsai-{}", parts.join("-"))
}
