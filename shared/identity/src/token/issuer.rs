//! The issuer of a partner's tokens.

/// An issuer, and the spellings of it that the partner uses. Issuers are compared byte for byte.
pub(crate) struct Issuer {
    name: String,
    spellings: Vec<String>,
}

impl Issuer {
    /// An issuer with one spelling: Apple's.
    pub(crate) fn exactly(name: String) -> Self {
        Self { spellings: vec![name.clone()], name }
    }

    /// Google's issuer in ID tokens, with and without the scheme
    /// (<https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken>).
    pub(crate) fn google(name: String) -> Self {
        let bare = name.strip_prefix("https://").map(str::to_owned);
        Self { spellings: [name.clone()].into_iter().chain(bare).collect(), name }
    }

    /// Google's issuer in security events. Google's example has a slash at the end, and its discovery
    /// document has none (<https://developers.google.com/identity/protocols/risc>).
    pub(crate) fn google_events(name: String) -> Self {
        let mut issuer = Self::google(name);
        issuer.spellings.push(format!("{}/", issuer.name));
        issuer
    }

    /// The name in the configuration and in keys.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a token means this issuer.
    pub(crate) fn is(&self, said: &str) -> bool {
        self.spellings.iter().any(|spelling| spelling == said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_has_the_spellings_that_its_partner_uses() {
        let name = "https://accounts.google.com";
        let accepts = |issuer: Issuer| {
            ["https://accounts.google.com", "accounts.google.com", "https://accounts.google.com/"]
                .map(|said| issuer.is(said))
        };
        assert_eq!(accepts(Issuer::exactly(name.into())), [true, false, false]);
        assert_eq!(accepts(Issuer::google(name.into())), [true, true, false]);
        assert_eq!(accepts(Issuer::google_events(name.into())), [true, true, true]);
        for other in
            ["", "http://accounts.google.com", "https://accounts.google.com.evil.example", "//accounts.google.com"]
        {
            assert!(!Issuer::google_events(name.into()).is(other), "{other:?} is another issuer");
        }
        let local = Issuer::google("http://127.0.0.1:9000".into());
        assert!(local.is("http://127.0.0.1:9000") && !local.is("127.0.0.1:9000") && !local.is(""));
    }
}
