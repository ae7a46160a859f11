//! The documents that a person was shown before a sign-in.

use crate::documents::version::DocumentVersion;
use serde::{Deserialize, Serialize};

/// The highest age that a link may declare, in years.
const AGE_MAX: u8 = 120;

/// The content of the page of a sign-in: the versions of the privacy policy and of the terms, and the age that the
/// person declares to have reached. A client that shows nothing leaves all of it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Acceptance {
    /// The version of the privacy policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<DocumentVersion>,
    /// The version of the terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<DocumentVersion>,
    /// The age that the person declares to have reached, in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
}

impl Acceptance {
    /// Reads the parameters `policy`, `terms` and `age` of a link. What is missing or has another form is left
    /// out, because no sign-in may fail because of it.
    #[must_use]
    pub fn read<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Self {
        let version = |name| parameter(name).and_then(|text| text.parse().ok());
        Self { policy: version("policy"), terms: version("terms"), age: parameter("age").and_then(age) }
    }

    /// The same without an age below `minimum`: it is no declaration that we can rely on.
    #[must_use]
    pub fn of_age(self, minimum: u8) -> Self {
        Self { age: self.age.filter(|age| *age >= minimum), ..self }
    }

    /// Whether the page showed nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An age in digits.
fn age(text: &str) -> Option<u8> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|age| is_number && *age <= AGE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parameters: &[(&str, &'static str)]) -> Acceptance {
        Acceptance::read(|name| parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| *value))
    }

    #[test]
    fn a_link_carries_what_its_page_showed() {
        let read = read(&[("policy", "2026-12-01"), ("terms", "2027-01-31"), ("age", "18")]);
        assert_eq!(read.policy.map(|version| version.to_string()).as_deref(), Some("2026-12-01"));
        assert_eq!(read.terms.map(|version| version.to_string()).as_deref(), Some("2027-01-31"));
        assert_eq!(read.age, Some(18));
    }

    #[test]
    fn what_is_garbled_is_left_out_and_the_rest_stays() {
        assert!(read(&[]).is_empty());
        for strange in ["", "x", "+18", "018", "0", "121", "999", "18.0", " 18", "-1", "1\u{660}"] {
            let read = read(&[("policy", "2026-12-01"), ("terms", strange), ("age", strange)]);
            assert!(read.policy.is_some() && read.terms.is_none() && read.age.is_none(), "{strange:?}: {read:?}");
        }
    }

    #[test]
    fn an_age_below_the_minimum_is_no_declaration() {
        let of = |age| read(&[("policy", "2026-12-01"), ("age", age)]).of_age(18);
        assert_eq!((of("18").age, of("30").age, of("17").age), (Some(18), Some(30), None));
        assert!(of("17").policy.is_some(), "the rest stays");
    }
}
