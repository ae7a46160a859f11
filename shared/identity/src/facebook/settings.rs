use std::fmt;

/// The Graph API of Facebook, and our app there.
#[derive(Clone)]
pub struct FacebookSettings {
    /// The id of our app: digits.
    pub app_id: String,
    /// The secret of our app.
    pub app_secret: String,
    /// The URL of the Graph API with its version, `https://graph.facebook.com/v24.0`.
    pub graph_url: String,
    /// Our own origin, for the redirect URI.
    pub public_origin: String,
}

impl fmt::Debug for FacebookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FacebookSettings")
    }
}
