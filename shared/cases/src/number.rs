//! Case numbers: short enough to be read out, and random, so that nobody can guess one.

use kernel::{Error, Ids, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The digits of Crockford's base32, <https://www.crockford.com/base32.html>. `I`, `L`, `O` and `U`
/// are left out, because people take them for other characters.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The digits of a number. Each has five random bits.
const LENGTH: usize = 8;

/// The number of a case, such as `C-7Q4K-2M9D`. It has 40 random bits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^C-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$"))]
pub struct CaseNumber(String);

impl CaseNumber {
    /// A new number.
    #[must_use]
    pub fn fresh(ids: &Ids) -> Self {
        let digits = ids.bytes::<LENGTH>().map(|byte| char::from(DIGITS[usize::from(byte % 32)]));
        Self::of(&digits)
    }

    fn of(digits: &[char; LENGTH]) -> Self {
        let (first, last) = digits.split_at(LENGTH / 2);
        Self(format!("C-{}-{}", String::from_iter(first), String::from_iter(last)))
    }

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CaseNumber {
    type Err = Error;

    /// Reads a number as people write it: in any case, with or without `C-` and hyphens, with `O`
    /// for 0 and `I` or `L` for 1.
    ///
    /// # Errors
    /// `invalid` for any other text.
    fn from_str(text: &str) -> Result<Self> {
        let upper = text.trim().to_ascii_uppercase();
        let rest = upper.strip_prefix("C-").unwrap_or(&upper);
        let digits = rest.chars().filter(|digit| *digit != '-').map(|digit| match digit {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        let digits: Vec<char> = digits.collect();
        match <[char; LENGTH]>::try_from(digits) {
            Ok(digits) if digits.iter().all(|digit| DIGITS.iter().any(|known| char::from(*known) == *digit)) => {
                Ok(Self::of(&digits))
            }
            _ => Err(Error::invalid("number", "A case number looks like C-7Q4K-2M9D.")),
        }
    }
}

impl TryFrom<String> for CaseNumber {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<CaseNumber> for String {
    fn from(number: CaseNumber) -> Self {
        number.0
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Fixed;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        let number: CaseNumber = "C-7Q4K-20MD".parse().unwrap();
        for written in ["c-7q4k-20md", "7Q4K-20MD", "7q4k2omd", "C-7Q4K-2OMD", " C-7Q4K20MD "] {
            assert_eq!(written.parse::<CaseNumber>().unwrap(), number, "{written:?}");
        }
        assert_eq!("C-1111-0000".parse::<CaseNumber>().unwrap(), "c-iLl1-oO00".parse().unwrap());
        for wrong in ["", "C-", "C-7Q4K-2M9", "C-7Q4K-2M9DD", "C-7Q4K-2M9U", "01929e6b-6c00-7000-8000-0123456789ab"] {
            let error = wrong.parse::<CaseNumber>().unwrap_err();
            assert_eq!(error.code(), "invalid", "{wrong:?}");
            assert!(error.to_string().contains("C-7Q4K-2M9D"), "the error shows the right form: {error}");
        }
    }

    #[test]
    fn a_new_number_has_all_digits_from_the_random_bytes() {
        assert_eq!(CaseNumber::fresh(&Ids::new(Fixed(0))).as_str(), "C-0000-0000");
        assert_eq!(CaseNumber::fresh(&Ids::new(Fixed(255))).as_str(), "C-ZZZZ-ZZZZ");
        let number = CaseNumber::fresh(&Ids::new(Fixed(10)));
        assert_eq!(number.as_str().parse::<CaseNumber>().unwrap(), number);
    }
}
