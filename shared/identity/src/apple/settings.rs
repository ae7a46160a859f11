use kernel::Result;
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

impl AppleSettings {
    /// Reads them from a function's configuration: `variable` returns the value of an environment variable,
    /// `secret` the current value of a secret, here of `apple-private-key`.
    ///
    /// # Errors
    /// The first error of `variable` or `secret`.
    pub fn read<'a>(
        variable: impl Fn(&str) -> Result<&'a str>,
        secret: impl Fn(&str) -> Result<&'a str>,
    ) -> Result<Self> {
        let read = |name: &str| variable(name).map(str::to_owned);
        Ok(Self {
            client_id: read("APPLE_CLIENT_ID")?,
            team_id: read("APPLE_TEAM_ID")?,
            key_id: read("APPLE_KEY_ID")?,
            private_key: secret("apple-private-key")?.to_owned(),
            issuer: read("APPLE_ISSUER")?,
            token_url: read("APPLE_TOKEN_URL")?,
            revoke_url: read("APPLE_REVOKE_URL")?,
            jwks_url: read("APPLE_JWKS_URL")?,
            public_origin: read("PUBLIC_ORIGIN")?,
        })
    }
}

impl fmt::Debug for AppleSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppleSettings")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Error;

    /// The names in the order of the fields.
    const NAMES: [&str; 9] = [
        "APPLE_CLIENT_ID",
        "APPLE_TEAM_ID",
        "APPLE_KEY_ID",
        "apple-private-key",
        "APPLE_ISSUER",
        "APPLE_TOKEN_URL",
        "APPLE_REVOKE_URL",
        "APPLE_JWKS_URL",
        "PUBLIC_ORIGIN",
    ];

    /// A configuration in which each value is its own name.
    fn configured(name: &str) -> Result<&'static str> {
        NAMES.into_iter().find(|known| *known == name).ok_or_else(|| Error::internal(name.to_owned()))
    }

    #[test]
    fn each_field_has_the_value_of_its_own_name() {
        let AppleSettings {
            client_id,
            team_id,
            key_id,
            private_key,
            issuer,
            token_url,
            revoke_url,
            jwks_url,
            public_origin,
        } = AppleSettings::read(configured, configured).unwrap();
        let values = [client_id, team_id, key_id, private_key, issuer, token_url, revoke_url, jwks_url, public_origin];
        assert_eq!(values, NAMES);
    }

    #[test]
    fn a_missing_variable_or_secret_is_named() {
        for missing in NAMES {
            let read = |name: &str| {
                if name == missing { Err(Error::internal(name.to_owned())) } else { configured(name) }
            };
            let why = AppleSettings::read(read, read).unwrap_err().why();
            assert!(why.contains(missing), "the error must name {missing}: {why}");
        }
    }
}
