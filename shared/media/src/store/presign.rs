use super::media_store::MediaStore;
use aws::s3::presigning::PresigningConfig;
use kernel::{Error, Result, Timestamp};
use std::time::{Duration, SystemTime};

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
    pub async fn presign(
        &self,
        key: &str,
        version_id: &str,
        lifetime: Duration,
        disposition: Disposition,
        now: Timestamp,
    ) -> Result<String> {
        let since_1970 = Duration::from_millis(u64::try_from(now.as_millisecond()).unwrap_or_default());
        let signing = PresigningConfig::builder().start_time(SystemTime::UNIX_EPOCH + since_1970).expires_in(lifetime);
        let word = match disposition {
            Disposition::Show => "inline",
            Disposition::Save => "attachment",
        };
        let get = self.s3().get_object().bucket(&self.bucket).key(key).version_id(version_id);
        let get = get.response_content_disposition(format!("{word}; filename=\"{}\"", file_name(key)));
        let signed = get.presigned(signing.build().map_err(Error::internal)?).await;
        // The error of the SDK may contain the request, so it is dropped.
        signed.map(|signed| signed.uri().to_owned()).map_err(|_| Error::internal("a link could not be signed"))
    }
}

/// `generations/<account>/<generation>/<n>.<ext>` becomes `cinemaxsai-<generation>-<n>.<ext>`.
/// Our keys need no quoting in a header.
fn file_name(key: &str) -> String {
    let parts: Vec<&str> = key.split('/').skip(2).collect();
    format!("cinemaxsai-{}", parts.join("-"))
}
