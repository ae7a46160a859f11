//! Personal data: everything under the account's prefixes, in every version.

use crate::{
    store::{self, MediaStore},
    upload,
    versions::{Pages, Version},
};
use kernel::{AccountId, BoxFuture, Claim, Erased, Key, PersonalData, Record, Result};
use serde_json::json;

/// The bucket's name in the template.
const BUCKET: &str = "Media";

/// What stands before all keys of an account.
fn prefixes(account: AccountId) -> [String; 2] {
    [store::prefix(account), upload::prefix(account)]
}

impl PersonalData for MediaStore {
    fn claims(&self) -> &'static [Claim] {
        &[
            Claim::Objects { bucket: BUCKET, prefix: store::PREFIX },
            Claim::Objects { bucket: BUCKET, prefix: upload::PREFIX },
        ]
    }

    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// What the gallery shows: the current versions. The files themselves are fetched by
    /// whoever builds the export.
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
                let uploads = self.open_uploads(&prefix).await?;
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
