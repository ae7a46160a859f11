//! The code of a deletion.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Ids, Result};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Random bytes of a code. With 160 bits nobody finds another's code by trying: whoever
/// knows a code may read the state of that deletion, and no more.
const BYTES: usize = 20;

/// What a deletion is looked up by, without signing in: after the erasure nobody can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeletionCode(String);

impl DeletionCode {
    /// A code that nobody knows yet.
    #[must_use]
    pub fn fresh(ids: &Ids) -> Self {
        Self(URL_SAFE_NO_PAD.encode(ids.bytes::<BYTES>()))
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

    /// Accepts the form that [`DeletionCode::fresh`] makes alone. Anything else cannot exist:
    /// `not_found`.
    fn from_str(text: &str) -> Result<Self> {
        match URL_SAFE_NO_PAD.decode(text) {
            Ok(bytes) if bytes.len() == BYTES => Ok(Self(text.to_owned())),
            _ => Err(Error::NotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Fixed;

    #[test]
    fn a_code_reads_back_and_nothing_else_is_one() {
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
