//! The page after a sign-in.

use serde::{Deserialize, Serialize};

/// Longest path, in bytes. The path is stored in a cookie.
const MAX_BYTES: usize = 512;

/// A path on this site. Every text that could lead to another site becomes `/`: a sign-in that
/// ends on a foreign page would help phishing (CWE-601).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct ReturnTo(String);

impl ReturnTo {
    /// The path if it leads to this site, else `/`.
    ///
    /// Browsers read `\` as `/` and ignore tabs and line breaks, so a path may contain only visible
    /// ASCII characters other than `\`.
    #[must_use]
    pub fn parse(path: &str) -> Self {
        let visible = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let ours = path.starts_with('/') && !path.contains("//") && path.len() <= MAX_BYTES && visible;
        Self(if ours { path.to_owned() } else { "/".to_owned() })
    }

    /// The path, fit for a `Location` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ReturnTo {
    fn from(path: String) -> Self {
        Self::parse(&path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_site_is_accepted() {
        for ours in ["/", "/gallery", "/gallery?page=2#top", "/a/b/c", "/%2F%2Fevil.example"] {
            assert_eq!(ReturnTo::parse(ours).as_str(), ours);
        }
        let long = format!("/{}", "a".repeat(512));
        for foreign in [
            "",
            "gallery",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example",
            "/next?to=https://evil.example",
            "javascript:alert(1)",
            "/caf\u{e9}",
            "/a\r\nSet-Cookie: x=1",
            " /gallery",
            &long,
        ] {
            assert_eq!(ReturnTo::parse(foreign).as_str(), "/", "{foreign:?} must lead home");
        }
    }
}
