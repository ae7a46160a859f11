//! Base32 in lower case without padding (RFC 4648 §6): letters and digits that survive a local part and a subject of
//! a mail, where the letter case may be changed.

const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Bits of a digit.
const BITS: u32 = 5;

/// The text of some bytes.
pub(crate) fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= BITS {
            bits -= BITS;
            text.push(digit(buffer >> bits));
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(digit(buffer << (BITS - bits)));
    }
    text
}

fn digit(value: u32) -> char {
    let index = usize::try_from(value & 31).unwrap_or_default();
    DIGITS.get(index).copied().map_or('a', char::from)
}

/// The bytes of a text in any letter case. `None` for a text that [`encoded`] does not make.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    let lower = text.to_ascii_lowercase();
    let mut bytes = Vec::with_capacity(lower.len() * 5 / 8);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in lower.bytes() {
        let value = DIGITS.iter().position(|digit| *digit == byte)?;
        buffer = (buffer << BITS) | u32::try_from(value).ok()?;
        bits += BITS;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits).ok()?);
            buffer &= (1 << bits) - 1;
        }
    }
    (encoded(&bytes) == lower).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 4648, section 10.
    #[test]
    fn the_digits_are_those_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foob", "mzxw6yq"),
            ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(encoded(bytes.as_bytes()), text);
            assert_eq!(decoded(text).unwrap(), bytes.as_bytes());
            assert_eq!(decoded(&text.to_uppercase()).unwrap(), bytes.as_bytes());
        }
    }

    #[test]
    fn bytes_have_one_text() {
        for text in ["a", "mz", "mzx", "mzxw6y", "m1", "m=", "m y", "mzxw6ytbo\u{131}"] {
            assert_eq!(decoded(text), None, "{text:?}");
        }
    }
}
