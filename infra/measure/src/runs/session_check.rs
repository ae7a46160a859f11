//! The check of an access token, beside the bare verification of its signature.

use crate::{
    clock,
    error::{MeasureError, Result},
    report::statistics::median,
    runs::events::{PUBLIC_ORIGIN, SignedInAccount},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{ED25519, UnparsedPublicKey};
use session::Verifier;
use std::{fmt, hint::black_box, time::Instant};

/// The verifications of one round.
const CALLS: u32 = 200;

/// The most that a check may cost, as a multiple of the bare verification.
const BUDGET: f64 = 4.0;

/// Medians of all rounds, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SessionCheck {
    /// One bare verification of the signature with Ed25519.
    bare: f64,
    /// One whole check: its parts are decoded, the signature is verified, and the claims are read.
    whole: f64,
}

impl SessionCheck {
    /// Measures both in turns.
    ///
    /// # Errors
    /// When the token is not accepted.
    pub fn measure(person: &SignedInAccount, rounds: usize) -> Result<Self> {
        let (now, token) = (clock::now(), person.token()?);
        let key = BASE64_URL_SAFE_NO_PAD.decode(person.public_key());
        let key = UnparsedPublicKey::new(&ED25519, key.map_err(MeasureError::during("reading the public key"))?);
        let (message, signature) = token.rsplit_once('.').unwrap_or_default();
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature);
        let signature = signature.map_err(MeasureError::during("reading the signature"))?;
        let verifier = Verifier::from_public_keys(person.public_key(), PUBLIC_ORIGIN)
            .map_err(MeasureError::during("reading the public key"))?;
        verifier.verify(&token, now).map_err(MeasureError::during("checking the token"))?;
        key.verify(message.as_bytes(), &signature).map_err(|_| MeasureError::new("the signature is not valid"))?;

        let (mut bare, mut whole) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            bare.push(timed(|| key.verify(black_box(message.as_bytes()), &signature).is_ok()));
            whole.push(timed(|| verifier.verify(black_box(&token), now).is_ok()));
        }
        Ok(Self { bare: median(&bare), whole: median(&whole) })
    }

    /// The check as a multiple of the bare verification.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.whole / self.bare
    }

    /// The sentence about a check above its budget.
    #[must_use]
    pub fn broken(&self) -> Option<String> {
        (self.ratio() > BUDGET).then(|| format!("session check: {:.2} of {BUDGET:.2}", self.ratio()))
    }
}

impl fmt::Display for SessionCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bare, whole } = self;
        let (ratio, sign) = (self.ratio(), if self.broken().is_some() { ">" } else { "≤" });
        write!(
            f,
            "Session check: {whole:.1} µs, and one bare Ed25519 verification {bare:.1} µs: {ratio:.2} {sign} {BUDGET}."
        )
    }
}

/// The time of one call, in microseconds.
fn timed(mut call: impl FnMut() -> bool) -> f64 {
    let began = Instant::now();
    for _ in 0..CALLS {
        black_box(call());
    }
    began.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_of_more_than_four_bare_verifications_is_above_its_budget() {
        let within = SessionCheck { bare: 10.0, whole: 40.0 };
        assert_eq!(within.broken(), None);
        assert!(within.to_string().ends_with("4.00 ≤ 4."), "{within}");
        let above = SessionCheck { bare: 10.0, whole: 41.0 };
        assert_eq!(above.broken().as_deref(), Some("session check: 4.10 of 4.00"));
        assert!(above.to_string().ends_with("4.10 > 4."), "{above}");
    }
}
