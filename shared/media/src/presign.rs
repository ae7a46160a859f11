use crate::Store;
use aws::s3::presigning::PresigningConfig;
use kernel::{Error, Result, Timestamp};
use std::time::{Duration, SystemTime};

impl Store {
    /// A link that reads one version of an object, from `now` on for `lifetime` (at most
    /// 7 days, and never longer than the credentials live). Makes no request.
    ///
    /// With `file_name` the browser saves the file under that name; without it the browser
    /// shows it. S3 judges `now` by its own clock: pass the real time.
    ///
    /// # Errors
    /// `internal`.
    pub async fn presign(
        &self,
        key: &str,
        version_id: &str,
        lifetime: Duration,
        file_name: Option<&str>,
        now: Timestamp,
    ) -> Result<String> {
        let since_1970 = Duration::from_millis(u64::try_from(now.as_millisecond()).unwrap_or_default());
        let signing = PresigningConfig::builder().start_time(SystemTime::UNIX_EPOCH + since_1970).expires_in(lifetime);
        let disposition = file_name.map(|name| format!("attachment; filename=\"{}\"", plain(name)));
        let get = self.s3.get_object().bucket(&self.bucket).key(key).version_id(version_id);
        let get = get.set_response_content_disposition(disposition);
        let signed = get.presigned(signing.build().map_err(Error::internal)?).await;
        // The SDK's error may hold the request; what it is about is known here.
        signed.map(|signed| signed.uri().to_owned()).map_err(|_| Error::internal("a link could not be signed"))
    }
}

/// The characters of a name that need no quoting in a header.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ')).collect()
}
