use super::{keys::OUTPUTS, media_store::MediaStore};
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

/// `generations/<account>/<generation>/<n>.<ext>` becomes `cinemaxsai-ai-generated-<generation>-<n + 1>.<ext>`: a file
/// that is passed on still says that no camera made it. Other files, such as the picture of a person, become
/// `cinemaxsai-<name>`. Our keys need no quoting in a header.
fn file_name(key: &str) -> String {
    let parts: Vec<&str> = key.split('/').skip(2).collect();
    if key.starts_with(OUTPUTS)
        && let [generation, file] = parts.as_slice()
        && let Some((n, kind)) = file.split_once('.')
        && let Ok(n) = n.parse::<u32>()
    {
        return format!("cinemaxsai-ai-generated-{generation}-{}.{kind}", n.saturating_add(1));
    }
    format!("cinemaxsai-{}", parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_work_says_that_it_is_generated_and_counts_from_one() {
        for (key, name) in [
            ("generations/a/g/0.png", "cinemaxsai-ai-generated-g-1.png"),
            ("generations/a/g/3.mp4", "cinemaxsai-ai-generated-g-4.mp4"),
            ("generations/a/g/0.thumbnail.webp", "cinemaxsai-ai-generated-g-1.thumbnail.webp"),
            ("pictures/a/p.jpg", "cinemaxsai-p.jpg"),
        ] {
            assert_eq!(file_name(key), name, "{key}");
        }
    }
}
