//! The dependencies.

use accounts::AccountStore;
use identity::PersonPictures;
use kernel::Result;
use media::MediaStore;
use runtime::Init;

/// The stores of this function, and the client that fetches pictures.
#[derive(Debug)]
pub struct Deps {
    pub(crate) accounts: AccountStore,
    pub(crate) media: MediaStore,
    pub(crate) pictures: PersonPictures,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        let (google, facebook) = (init.var("GOOGLE_ISSUER")?, init.var("FACEBOOK_GRAPH_URL")?);
        Ok(Self {
            accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
            media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
            pictures: PersonPictures::new(init.vendors()?, google, facebook)?,
        })
    }
}
