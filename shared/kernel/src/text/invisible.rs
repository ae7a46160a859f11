//! The characters that show nothing.
//!
//! The table is written by hand from the Unicode Character Database, version 17.0.0: `PropList.txt`,
//! `DerivedCoreProperties.txt` and `DerivedGeneralCategory.txt` of <https://www.unicode.org/Public/17.0.0/ucd/>.
//! A test compares it with the tables of ICU4X.

/// The characters with one of these properties (<https://www.unicode.org/reports/tr44/>):
///
/// - `White_Space`
/// - `Default_Ignorable_Code_Point`: joiners, fillers of Hangul, variation selectors, tags
/// - general category `Cc` or `Cf`: controls and formats
/// - general category `Co`: for private use, so it means nothing outside one company
/// - `Noncharacter_Code_Point`
///
/// Other code points without a character (`Cn`) are not among them: next year's emoji are such today.
///
/// Three more are drawn as nothing by their definition, although no property says so: U+2800, the empty pattern of
/// Braille; U+16FE4, the filler of the Khitan small script; U+1D159, the null notehead of musical notation.
///
/// Each row has the first and the last character of a range. Rows rise, and no two touch.
const RANGES: [(char, char); 48] = [
    ('\u{0}', '\u{20}'),
    ('\u{7F}', '\u{A0}'),
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{600}', '\u{605}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{6DD}', '\u{6DD}'),
    ('\u{70F}', '\u{70F}'),
    ('\u{890}', '\u{891}'),
    ('\u{8E2}', '\u{8E2}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{2000}', '\u{200F}'),
    ('\u{2028}', '\u{202F}'),
    ('\u{205F}', '\u{206F}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{E000}', '\u{F8FF}'),
    ('\u{FDD0}', '\u{FDEF}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFA0}', '\u{FFA0}'),
    ('\u{FFF0}', '\u{FFFB}'),
    ('\u{FFFE}', '\u{FFFF}'),
    ('\u{110BD}', '\u{110BD}'),
    ('\u{110CD}', '\u{110CD}'),
    ('\u{13430}', '\u{1343F}'),
    ('\u{16FE4}', '\u{16FE4}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D159}', '\u{1D159}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{1FFFE}', '\u{1FFFF}'),
    ('\u{2FFFE}', '\u{2FFFF}'),
    ('\u{3FFFE}', '\u{3FFFF}'),
    ('\u{4FFFE}', '\u{4FFFF}'),
    ('\u{5FFFE}', '\u{5FFFF}'),
    ('\u{6FFFE}', '\u{6FFFF}'),
    ('\u{7FFFE}', '\u{7FFFF}'),
    ('\u{8FFFE}', '\u{8FFFF}'),
    ('\u{9FFFE}', '\u{9FFFF}'),
    ('\u{AFFFE}', '\u{AFFFF}'),
    ('\u{BFFFE}', '\u{BFFFF}'),
    ('\u{CFFFE}', '\u{CFFFF}'),
    ('\u{DFFFE}', '\u{E0FFF}'),
    ('\u{EFFFE}', '\u{10FFFF}'),
];

/// Whether a character shows nothing by itself.
#[must_use]
pub fn is_invisible(char: char) -> bool {
    let at = RANGES.partition_point(|(_, last)| *last < char);
    RANGES.get(at).is_some_and(|(first, _)| *first <= char)
}

/// The invisible characters as the content of a character class in a regular expression of JSON Schema. Characters
/// beyond U+FFFF stand for themselves: no escape for them is read by all languages alike.
#[must_use]
pub fn invisible_class() -> String {
    let written = |char: char| match u16::try_from(u32::from(char)) {
        Ok(unit) => format!("\\u{unit:04X}"),
        Err(_) => char.to_string(),
    };
    RANGES.iter().fold(String::new(), |class, (first, last)| match first == last {
        true => class + &written(*first),
        false => class + &written(*first) + "-" + &written(*last),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use icu_properties::{
        CodePointMapData, CodePointSetData,
        props::{DefaultIgnorableCodePoint, GeneralCategory, NoncharacterCodePoint, WhiteSpace},
    };

    /// The named exceptions of the table.
    const BLANK_SYMBOLS: [char; 3] = ['\u{2800}', '\u{16FE4}', '\u{1D159}'];

    /// If this fails after an update of ICU4X, Unicode has a new version: write its ranges into the table, and its
    /// number into the comment.
    #[test]
    fn the_table_has_exactly_the_characters_with_the_properties() {
        let (white, ignorable) =
            (CodePointSetData::new::<WhiteSpace>(), CodePointSetData::new::<DefaultIgnorableCodePoint>());
        let (none, category) =
            (CodePointSetData::new::<NoncharacterCodePoint>(), CodePointMapData::<GeneralCategory>::new());
        for char in '\0'..=char::MAX {
            let listed = [GeneralCategory::Control, GeneralCategory::Format, GeneralCategory::PrivateUse];
            let expected = white.contains(char)
                || ignorable.contains(char)
                || none.contains(char)
                || listed.contains(&category.get(char))
                || BLANK_SYMBOLS.contains(&char);
            assert_eq!(is_invisible(char), expected, "U+{:04X}: correct its row", u32::from(char));
        }
    }

    #[test]
    fn rows_rise_and_do_not_touch() {
        for pair in RANGES.windows(2) {
            let [(first, last), (next, _)] = pair else { panic!("a window has two rows") };
            assert!(first <= last && u32::from(*last) + 1 < u32::from(*next), "join or order {pair:?}");
        }
    }

    #[test]
    fn the_class_writes_what_is_beyond_four_digits_as_itself() {
        let class = invisible_class();
        assert!(class.starts_with(r"\u0000-\u0020\u007F-\u00A0\u00AD\u034F"), "{class:?}");
        assert!(class.contains("\\uFFFE-\\uFFFF\u{110BD}\u{110CD}\u{13430}-\u{1343F}"), "{class:?}");
        assert!(class.ends_with("\u{EFFFE}-\u{10FFFF}"), "{class:?}");
    }
}
