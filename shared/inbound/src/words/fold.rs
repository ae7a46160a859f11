//! Texts in the form in which they are compared.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// Letters of other scripts, and digits, that look like a Latin letter. Only those of the phrases of [`super::phrases`]
/// matter, so the table is short: it is no list of all look-alikes.
const LOOK_ALIKES: [(char, &str); 26] = [
    ('a', "аαɑ4@"),
    ('b', "Ьвь"),
    ('c', "сϲⅽƈ"),
    ('d', "ԁɗⅾ"),
    ('e', "еεєҽ3"),
    ('f', "ƒſ"),
    ('g', "ɡԍ"),
    ('h', "һհ"),
    ('i', "іιıɩӏ"),
    ('j', "јϳ"),
    ('k', "кκ"),
    ('l', "ⅼ1|ǀ"),
    ('m', "мⅿ"),
    ('n', "ոпηռ"),
    ('o', "оοօσ0"),
    ('p', "рρ"),
    ('q', "ԛգ"),
    ('r', "гᴦ"),
    ('s', "ѕꜱ5$"),
    ('t', "тτ7"),
    ('u', "υսцʋ"),
    ('v', "ѵνⅴ"),
    ('w', "ԝѡω"),
    ('x', "хχ"),
    ('y', "уγүყ"),
    ('z', "ᴢ2"),
];

/// The text with percent-encoding decoded, NFKC, in lower case, with single spaces, and without `.!?` at its end.
pub(crate) fn fold(text: &str) -> String {
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let text = nfkc.normalize(text);
    let text = unescape(&text).map_or_else(|| text.to_lowercase(), |text| nfkc.normalize(&text).to_lowercase());
    // The dot that the lower case of a Turkish capital leaves, and marks that only say which way a text runs.
    let kept = text.chars().filter(|char| !matches!(char, '\u{307}' | '\u{200e}' | '\u{200f}' | '\u{61c}'));
    let words = kept.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    words.trim_end_matches(|char: char| char == ' ' || ".!?。".contains(char)).to_owned()
}

/// The text of letters and digits alone: everything else is a space.
pub(crate) fn letters(folded: &str) -> String {
    let spaced = folded.replace(['\'', '’'], "");
    let words = spaced.split(|char: char| !char.is_alphanumeric() && !is_mark(char)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The text as it looks: without invisible characters and accents, with Latin letters for those that look like them.
pub(crate) fn look(folded: &str) -> String {
    let seen = folded.chars().filter(|char| *char == ' ' || !kernel::text::is_invisible(*char));
    let parts = DecomposingNormalizerBorrowed::new_nfkd().normalize(&seen.collect::<String>()).into_owned();
    let plain = parts.chars().filter(|char| !('\u{300}'..='\u{36f}').contains(char));
    let latin =
        |char: char| LOOK_ALIKES.iter().find(|(_, others)| others.contains(char)).map_or(char, |(latin, _)| *latin);
    plain.flat_map(char::to_lowercase).map(latin).collect()
}

/// Whether the text has a character that changes the direction of those after it. Marks of direction alone (U+200E,
/// U+200F) are usual in Hebrew and Arabic.
pub(crate) fn has_override(text: &str) -> bool {
    text.contains(|char: char| matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

/// Whether a phrase stands in a text of [`letters`]. Beside an alphabetic letter it is a part of a longer word, except in
/// scripts that put no spaces between words, or join endings to them.
pub(crate) fn has_phrase(text: &str, phrase: &str) -> bool {
    let joins = |inner: Option<char>, outer: Option<char>| {
        inner.is_some_and(|inner| inner < '\u{e00}') && outer.is_some_and(|outer| outer.is_alphanumeric())
    };
    text.match_indices(phrase).any(|(at, found)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + found.len()..].chars().next());
        !phrase.is_empty() && !joins(phrase.chars().next(), before) && !joins(phrase.chars().next_back(), after)
    })
}

/// Vowel signs of Indic scripts and of Thai are no letters by `is_alphanumeric`, and belong to their word.
fn is_mark(char: char) -> bool {
    ('\u{900}'..='\u{e7f}').contains(&char)
}

/// The text with `%20` and the like decoded. `None` without one, and if the bytes are no UTF-8.
fn unescape(text: &str) -> Option<String> {
    let (mut bytes, mut rest, mut found) = (Vec::new(), text.as_bytes(), false);
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten();
        let value = hex.filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        let value = value.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        found |= value.is_some();
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    found.then(|| String::from_utf8(bytes).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_a_person_reads_as_one_are_folded_to_one() {
        for text in [
            "Delete Account",
            "  DELETE \t account!! ",
            "Delete%20Account",
            "%44elete%20%EF%BC%A1ccount",
            "Ｄｅｌｅｔｅ　Ａｃｃｏｕｎｔ！",
            "𝐃𝐞𝐥𝐞𝐭𝐞 𝐀𝐜𝐜𝐨𝐮𝐧𝐭",
            "Delete Account…",
            "\u{200e}Delete Account.",
        ] {
            assert_eq!(fold(text), "delete account", "{text}");
        }
        assert_eq!(fold("100%"), "100%");
        assert_eq!(fold("%ff%20"), "%ff%20", "no UTF-8");
        assert_eq!(fold("HESABI SİL"), "hesabi sil");
    }

    #[test]
    fn look_alikes_are_seen_as_latin() {
        for text in ["dеlete аccount", "de1ete acc0unt", "délété àccount", "del\u{200b}ete acc\u{ad}ount"] {
            assert_eq!(look(&fold(text)), "delete account", "{text}");
        }
    }

    #[test]
    fn a_phrase_is_found_between_words() {
        assert!(has_phrase("please delete account now", "delete account"));
        assert!(!has_phrase("undelete account", "delete account"));
        assert!(!has_phrase("delete accountant", "delete account"));
        assert!(has_phrase("我想删除帐号吧", "删除帐号"));
        assert_eq!(letters("don't, delete-account!"), "dont delete account");
        assert!(has_override("a\u{202e}b") && !has_override("a\u{200f}b"));
    }
}
