//! A browser's requests to S3: presigned links and posted forms.

use crate::{
    s3::{posted, service},
    world::World,
};
use bytes::Bytes;
use http::Response;

impl World {
    /// The answer to a browser that follows a presigned link. The link's lifetime follows
    /// the world's clock. The request is not counted, and no fault hits it.
    ///
    /// # Panics
    /// When `url` is no URL.
    #[must_use]
    pub fn fetch(&self, url: &str) -> Response<Bytes> {
        service::fetch(self.state(), url)
    }

    /// The answer to a browser that posts a form with these fields, then the file. The
    /// policy's lifetime follows the world's clock. The request is not counted, and no
    /// fault hits it.
    #[must_use]
    pub fn post<'a>(
        &self,
        url: &str,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
        file: &[u8],
    ) -> Response<Bytes> {
        posted::post(self.state(), url, &fields.into_iter().collect(), file)
    }
}
