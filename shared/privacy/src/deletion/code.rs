use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Ids, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Bytes of a code: random ones, or those of a keyed hash. 160 bits cannot be guessed. A code gives
/// access to the state of its deletion and to nothing else.
pub(crate) const CODE_BYTES: usize = 20;

/// The code that finds a deletion without a session. After the erasure the user cannot sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
// The last character has four bits of the bytes, and two that are zero.
#[schemars(extend("pattern" = "^[A-Za-z0-9_-]{26}[AEIMQUYcgkosw048]$"))]
pub struct DeletionCode(String);

impl DeletionCode {
    /// A new random code.
    #[must_use]
    pub fn fresh(ids: &Ids) -> Self {
        Self(URL_SAFE_NO_PAD.encode(ids.bytes::<CODE_BYTES>()))
    }

    /// The code with these bytes, which are those of a keyed hash.
    pub(crate) fn of(bytes: [u8; CODE_BYTES]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeletionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DeletionCode {
    type Err = Error;

    /// Accepts only the form of a code. Every other text is
    /// `not_found`, because no such code exists. The letter case counts: base64url has digits of both.
    fn from_str(text: &str) -> Result<Self> {
        match URL_SAFE_NO_PAD.decode(text) {
            Ok(bytes) if bytes.len() == CODE_BYTES => Ok(Self(text.to_owned())),
            _ => Err(Error::NotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Fixed;

    #[test]
    fn a_code_parses_and_other_texts_do_not() {
        let code = DeletionCode::fresh(&Ids::new(Fixed(7)));
        assert_eq!(code.as_str().len(), 27);
        assert_eq!(code.to_string().parse::<DeletionCode>().unwrap(), code);
        for other in
            ["", "tombstone#x", "AAAA", &format!("{code}A"), &format!("{code}="), "..........................."]
        {
            assert!(other.parse::<DeletionCode>().is_err(), "{other} must not pass for a code");
        }
    }
}
