use std::fmt;

/// The URLs of Apple, our ids there and our private key. The URLs are from Apple's discovery document
/// (`https://appleid.apple.com/.well-known/openid-configuration`).
#[derive(Clone)]
pub struct AppleSettings {
    /// Our Services ID, which is the client id of a website.
    pub client_id: String,
    /// The id of our team: 10 characters.
    pub team_id: String,
    /// The id of the private key: 10 characters.
    pub key_id: String,
    /// The private key of P-256 in PKCS#8, as PEM: the text of Apple's `.p8` file.
    pub private_key: String,
    /// The issuer, `https://appleid.apple.com`. It is the audience of our client secrets too.
    pub issuer: String,
    /// The token endpoint.
    pub token_url: String,
    /// The revocation endpoint.
    pub revoke_url: String,
    /// The URL of the key set (JWKS).
    pub jwks_url: String,
    /// Our own origin, for the redirect URI.
    pub public_origin: String,
}

impl fmt::Debug for AppleSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppleSettings")
    }
}
