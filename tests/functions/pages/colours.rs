//! The contrast of the colours in both themes, from the tokens of the stylesheet (WCAG 2.2, 1.4.3 and 1.4.11).

use std::collections::BTreeMap;

/// The colours of text, and the colours on which it stands.
const TEXTS: [&str; 5] = ["text", "muted", "danger", "ok", "accent"];
const GROUNDS: [&str; 3] = ["bg", "surface", "tray"];
/// The colours of borders of controls and of the focus.
const EDGES: [&str; 2] = ["control", "accent"];

/// The two values of each token: light and dark.
fn tokens() -> BTreeMap<&'static str, [&'static str; 2]> {
    let css = std::str::from_utf8(pages::named("site.css").unwrap().content).unwrap();
    let pairs = css.split("--").filter_map(|rest| {
        let (name, rest) = rest.split_once(": light-dark(")?;
        let (light, dark) = rest.split_once(')')?.0.split_once(", ")?;
        Some((name, [light, dark]))
    });
    pairs.collect()
}

/// The relative luminance of `#rgb` or `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let digits = colour.strip_prefix('#').unwrap();
    let channel = |n: usize| match digits.len() {
        3 => u8::from_str_radix(&digits[n..=n].repeat(2), 16),
        _ => u8::from_str_radix(&digits[2 * n..2 * n + 2], 16),
    };
    let linear = |n: usize| {
        let value = f64::from(channel(n).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_and_controls_have_contrast_in_both_themes() {
    assert!((contrast("#000", "#ffffff") - 21.0).abs() < 0.001, "the formula of WCAG");
    let tokens = tokens();
    for (theme, name) in ["light", "dark"].into_iter().enumerate() {
        for ground in GROUNDS {
            for (colours, least) in [(&TEXTS[..], 4.5), (&EDGES[..], 3.0)] {
                for colour in colours {
                    let found = contrast(tokens[colour][theme], tokens[ground][theme]);
                    assert!(found >= least, "{colour} on {ground}, {name}: {found:.2} and not {least}");
                }
            }
        }
        let inverse = contrast(tokens["bg"][theme], tokens["text"][theme]);
        assert!(inverse >= 4.5, "the words of a primary button, {name}: {inverse:.2}");
    }
}
