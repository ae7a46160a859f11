//! Personal data: all objects below the prefixes of an account, in every version.

use super::{
    keys::{OUTPUTS, PORTRAITS, UPLOADS, outputs_of_account, portraits_of_account, uploads_of_account},
    media_store::MediaStore,
    versions::{Pages, Version},
};
use kernel::{AccountId, BoxFuture, Claim, Erased, Key, PersonalData, Record, Result};
use serde_json::json;

/// The name of the bucket in the template.
const BUCKET: &str = "Media";

/// The prefixes of all keys of an account.
fn prefixes(account: AccountId) -> [String; 3] {
    [outputs_of_account(account), portraits_of_account(account), uploads_of_account(account)]
}

impl PersonalData for MediaStore {
    fn claims(&self) -> &'static [Claim] {
        &[
            Claim::Objects { bucket: BUCKET, prefix: OUTPUTS },
            Claim::Objects { bucket: BUCKET, prefix: PORTRAITS },
            Claim::Objects { bucket: BUCKET, prefix: UPLOADS },
        ]
    }

    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// The current versions, which the gallery and the account show. A record has the key; the builder of the
    /// export downloads the file.
    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let mut records = Vec::new();
            for prefix in prefixes(account) {
                let mut pages = Pages::below(prefix);
                while let Some(versions) = pages.next(self).await? {
                    records.extend(versions.into_iter().filter(|version| version.is_current).map(|version| {
                        let Version { key, bytes, written_at, .. } = version;
                        let json = json!({ "key": key, "bytes": bytes, "written_at": written_at }).to_string();
                        Record { section: "media", json }
                    }));
                }
            }
            Ok(records)
        })
    }

    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>> {
        Box::pin(async move {
            let mut objects = 0;
            for prefix in prefixes(account) {
                objects += self.erase_below(&prefix).await?;
            }
            Ok(Erased { items: 0, objects })
        })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let found = |key, version| Key::Object { bucket: BUCKET, key, version };
            let mut keys = Vec::new();
            for prefix in prefixes(account) {
                let uploads = self.list_multipart_uploads(&prefix).await?;
                keys.extend(uploads.into_iter().map(|upload| found(upload.key, upload.id)));
                let mut pages = Pages::below(prefix);
                while let Some(versions) = pages.next(self).await? {
                    keys.extend(versions.into_iter().map(|version| found(version.key, version.id)));
                }
            }
            Ok(keys)
        })
    }
}
