//! The parameter `user`, which Apple sends with the first authorisation alone.

use crate::profile;
use serde_json::Value;

/// The longest parameter that is read, in bytes. Apple's have about 100.
const USER_BYTES: usize = 4 * 1024;

/// The name in the parameter `user`. It came through the browser, so it is only what the person calls
/// themselves. A parameter that cannot be read is ignored. Its address is not verified and is never read.
pub(super) fn name(user: Option<&str>) -> Option<String> {
    let user = user.filter(|user| user.len() <= USER_BYTES)?;
    let user: Value = serde_json::from_str(user).ok()?;
    let part = |key: &str| user["name"][key].as_str().unwrap_or_default().trim();
    profile::name(&format!("{} {}", part("firstName"), part("lastName")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_read_leniently() {
        for (user, expected) in [
            (r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"ada@example.com"}"#, Some("Ada Lovelace")),
            (r#"{"name":{"firstName":" Ada ","lastName":" Lovelace\r\n"}}"#, Some("Ada Lovelace")),
            (r#"{"name":{"firstName":"Ada"}}"#, Some("Ada")),
            (r#"{"name":{"lastName":"Lovelace","middleName":7}}"#, Some("Lovelace")),
            (r#"{"name":{"firstName":"\u5f20","lastName":null}}"#, Some("\u{5f20}")),
            (r#"{"name":{"firstName":7,"lastName":["x"]}}"#, None),
            (r#"{"name":{"firstName":"","lastName":" "}}"#, None),
            (r#"{"name":"Ada Lovelace"}"#, None),
            (r#"{"name":[]}"#, None),
            (r#"{"email":"ada@example.com"}"#, None),
            ("[]", None),
            ("null", None),
            ("\"Ada\"", None),
            ("{", None),
            ("", None),
        ] {
            assert_eq!(name(Some(user)).as_deref(), expected, "{user}");
        }
        assert_eq!(name(None), None);
    }

    #[test]
    fn a_large_or_deep_parameter_is_ignored() {
        let long = |bytes: usize| format!(r#"{{"name":{{"firstName":"{}"}}}}"#, "x".repeat(bytes));
        assert_eq!(name(Some(&long(3_000))).unwrap().len(), 200);
        assert_eq!(name(Some(&long(USER_BYTES))), None);
        assert_eq!(name(Some(&"[".repeat(USER_BYTES))), None);
    }
}
