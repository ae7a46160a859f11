//! Whole numbers in the JSON of requests. JSON has one type of number (RFC 8259 §6), so `2.0` and `2e0` are the
//! number 2.

use serde::{Deserialize, Deserializer, de};
use std::fmt;

/// What is wrong with a number that [`required`] and [`optional`] refuse. The text of their error begins with it.
pub const NOT_WHOLE: &str = "a number that must be whole and not negative, such as 2 or 2.0";

/// 2^53. Above it a float does not have every whole number, so it may not be the number that was sent.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The whole number that a float is. `None` when it has a fraction, or lies beyond ±2^53.
#[must_use]
pub fn of_float(number: f64) -> Option<i64> {
    let is_whole = number.fract() == 0.0 && number.abs() <= EXACT;
    is_whole.then_some(number as i64)
}

/// Reads a field that is a whole number and not negative, for `#[serde(deserialize_with)]`.
///
/// # Errors
/// [`NOT_WHOLE`] for another number, and the error of the format for what is no number.
pub fn required<'de, D: Deserializer<'de>, T: From<u64>>(field: D) -> Result<T, D::Error> {
    Whole::deserialize(field).map(|Whole(number)| number.into())
}

/// Reads such a field that may be null. Combine it with `#[serde(default)]` if it may be missing.
///
/// # Errors
/// As for [`required`].
pub fn optional<'de, D: Deserializer<'de>, T: From<u64>>(field: D) -> Result<Option<T>, D::Error> {
    let number = Option::<Whole>::deserialize(field)?;
    Ok(number.map(|Whole(number)| number.into()))
}

struct Whole(u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(field: D) -> Result<Self, D::Error> {
        field.deserialize_u64(WholeVisitor)
    }
}

struct WholeVisitor;

impl de::Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Whole, E> {
        Ok(Whole(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Whole, E> {
        u64::try_from(number).map(Whole).map_err(|_| E::custom(NOT_WHOLE))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Whole, E> {
        let number = of_float(number).and_then(|number| u64::try_from(number).ok());
        number.map(Whole).ok_or_else(|| E::custom(NOT_WHOLE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credits::Credits;
    use serde::de::{IntoDeserializer, value};

    fn read<'de>(field: impl IntoDeserializer<'de, value::Error>) -> Result<u64, value::Error> {
        required(field.into_deserializer())
    }

    #[test]
    fn a_float_without_a_fraction_is_a_whole_number() {
        for (number, whole) in [(0.0, 0), (-0.0, 0), (2.0, 2), (2e0, 2), (-7.0, -7), (EXACT, 1 << 53)] {
            assert_eq!(of_float(number), Some(whole), "{number}");
        }
        for number in [2.5, 0.1, -0.5, EXACT * 2.0, f64::MAX, f64::INFINITY, f64::NAN] {
            assert_eq!(of_float(number), None, "{number}");
        }
    }

    #[test]
    fn a_field_takes_whole_numbers_in_every_form() {
        assert_eq!((read(2_u64), read(2_i64), read(2.0_f64), read(2e0_f64)), (Ok(2), Ok(2), Ok(2), Ok(2)));
        assert_eq!(read(u64::MAX), Ok(u64::MAX));
        for refused in [read(2.5_f64), read(-1.0_f64), read(-1_i64), read(1e300_f64)] {
            assert_eq!(refused.unwrap_err().to_string(), NOT_WHOLE);
        }
        assert!(read("2").is_err(), "a text is no number");
    }

    #[test]
    fn a_field_may_be_null() {
        let none: Result<Option<Credits>, value::Error> = optional(().into_deserializer());
        assert_eq!(none, Ok(None));
    }
}
