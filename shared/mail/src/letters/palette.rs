//! The colours of mails: those of the site (`shared/pages/assets/site.css`).

/// The colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Palette {
    pub(crate) background: &'static str,
    pub(crate) surface: &'static str,
    pub(crate) text: &'static str,
    pub(crate) muted: &'static str,
    pub(crate) line: &'static str,
}

/// Dark text on a light ground. Inline styles have it, so it counts where a mail program knows no themes.
pub(crate) const LIGHT: Palette =
    Palette { background: "#faf9f7", surface: "#ffffff", text: "#1b1a18", muted: "#625f59", line: "#e2ded6" };

/// Light text on a dark ground.
pub(crate) const DARK: Palette =
    Palette { background: "#141312", surface: "#1c1b19", text: "#f2efe9", muted: "#a8a399", line: "#302d29" };

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of a colour (WCAG 2.2).
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_has_a_contrast_of_four_and_a_half_in_both_themes() {
        for palette in [LIGHT, DARK] {
            let Palette { background, surface, text, muted, .. } = palette;
            for (ink, ground) in [(text, background), (muted, background), (text, surface), (muted, surface)] {
                assert!(contrast(ink, ground) >= 4.5, "{ink} on {ground}");
            }
        }
    }
}
