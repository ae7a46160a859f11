//! Hexadecimal digits.

/// The bytes that an even number of digits means.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Two digits for each byte, in lower case.
pub(super) fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_in_pairs() {
        assert_eq!(bytes("00fF7a"), Some(vec![0, 255, 122]));
        assert_eq!(digits(&[0, 255, 122]), "00ff7a");
        for wrong in ["f", "0g", "0x", " 0"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
