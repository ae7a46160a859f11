//! The text of an `Idempotency-Key`.

use crate::{
    error::{Error, Result},
    limits,
};

/// The key in a header `Idempotency-Key`: 1 to 64 characters of `A-Z a-z 0-9 _ -`. The header has them bare, or
/// between two double quotes, as the draft of the header writes them
/// (<https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07#section-2.1>). `"abc"` and
/// `abc` are the same key.
///
/// # Errors
/// `idempotency_key_required` for any other text.
pub fn idempotency_key(header: &str) -> Result<&str> {
    let quoted = header.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let key = quoted.unwrap_or(header);
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match (1..=limits::IDEMPOTENCY_KEY_CHARS).contains(&key.len()) && key.bytes().all(known) {
        true => Ok(key),
        false => Err(Error::IdempotencyKeyRequired),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_bare_and_between_quotes() {
        let longest = "x".repeat(64);
        for key in ["a", "AZaz09_-", &longest] {
            assert_eq!(idempotency_key(key).unwrap(), key);
            assert_eq!(idempotency_key(&format!("\"{key}\"")).unwrap(), key);
        }
    }

    #[test]
    fn another_text_is_refused_with_words_that_say_how_to_write_it() {
        let (long, long_quoted) = ("x".repeat(65), format!("\"{}\"", "x".repeat(65)));
        for wrong in [
            "",
            "\"",
            "\"\"",
            "\"a",
            "a\"",
            "\"\"a\"\"",
            "\"a\" ",
            "\"a\";b=1",
            "\"a\", \"b\"",
            "\"a\\\"b\"",
            "'a'",
            "\u{201c}a\u{201d}",
            "a b",
            "a:b",
            "ü",
            &long,
            &long_quoted,
        ] {
            let error = idempotency_key(wrong).unwrap_err();
            assert_eq!(error.code(), "idempotency_key_required", "{wrong:?}");
            assert!(error.to_string().contains("two double quotes"), "{wrong:?}: {error}");
        }
    }
}
