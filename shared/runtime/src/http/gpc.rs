//! Global Privacy Control: a person objects to advertising and to the sale of data, with the whole browser
//! (<https://www.w3.org/TR/gpc/>).

use crate::http::request::Request;

/// The body of `/.well-known/gpc.json`, by which a site says that it honours Global Privacy Control
/// (<https://www.w3.org/TR/gpc/#gpc-support-resource>).
pub const GPC_SUPPORT: &str = r#"{"gpc": true, "lastUpdate": "2026-12-01"}"#;

impl Request {
    /// Whether the browser says that the person has switched Global Privacy Control on (`Sec-GPC: 1`). A header with
    /// any other value counts as absent.
    #[must_use]
    pub fn has_gpc(&self) -> bool {
        self.header("sec-gpc") == Some("1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::sample::posting;
    use serde_json::{Value, json};

    #[test]
    fn only_a_one_switches_it_on() {
        assert!(posting(json!({ "sec-gpc": "1" }), "").has_gpc());
        assert!(posting(json!({ "Sec-GPC": "1" }), "").has_gpc(), "a header has no letter case");
        for other in ["0", "", "true", "1,1", "?1"] {
            assert!(!posting(json!({ "sec-gpc": other }), "").has_gpc(), "{other:?}");
        }
        assert!(!posting(json!({}), "").has_gpc());
    }

    #[test]
    fn the_site_says_that_it_honours_it() {
        let support: Value = serde_json::from_str(GPC_SUPPORT).unwrap();
        assert_eq!(support, json!({ "gpc": true, "lastUpdate": "2026-12-01" }));
    }
}
