//! The tokens of Rust code that has neither comments nor text in its strings.

/// Identifiers and keywords, `::`, and single characters. Character literals and lifetimes are
/// left out.
pub(crate) fn tokens(code: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), code);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => quoted(rest),
            ':' if rest.starts_with("::") => 2,
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if first != '\'' && !first.is_whitespace() {
            found.push(token);
        }
        rest = after;
    }
    found
}

/// The length of a character in quotation marks or of a lifetime.
fn quoted(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, c))) => {
            let after = at + c.len_utf8();
            text[after..].find('\'').map_or(text.len(), |end| after + end + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1 + text[1..].find(|c| !is_word(c)).unwrap_or(text.len() - 1),
    }
}

/// Whether an identifier may contain this character.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn braces_in_character_literals_are_no_tokens() {
    assert_eq!(
        tokens("fn f<'a>(c: &'a u8) -> a::B { '{' != '\\'' }").join(" "),
        "fn f < > ( c : & u8 ) - > a :: B { ! = }"
    );
}
