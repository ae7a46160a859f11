//! A picture that shows its prompt, as the fakes' models make it.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};
use ring::digest;

/// The distance from the edge of the picture to the text, in pixels.
const MARGIN: usize = 32;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PictureSize {
    pub width: usize,
    pub height: usize,
}

impl PictureSize {
    /// The aspect ratios that models accept.
    pub const RATIOS: &[&str] = &["1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21"];

    /// The size for an aspect ratio. Both sides are multiples of 16, as in the real models.
    pub fn within(long_side: f64, ratio: &str) -> Self {
        let side = |text: &str| text.parse::<f64>().ok().filter(|side| *side >= 1.0);
        let (w, h) = ratio.split_once(':').and_then(|(w, h)| side(w).zip(side(h))).unwrap_or((1.0, 1.0));
        let scale = long_side / w.max(h) / 16.0;
        let pixels = |side: f64| (side * scale).round().max(1.0) as usize * 16;
        Self { width: pixels(w), height: pixels(h) }
    }
}

/// The PNG for a prompt: the text on a background that prompt and seed decide, within a
/// frame of this colour if there is one. The same arguments give the same bytes.
pub(crate) fn png(prompt: &str, size: PictureSize, seed: u64, frame: Option<[u8; 3]>) -> Vec<u8> {
    let height = if prompt.chars().count() <= 160 { RasterHeight::Size24 } else { RasterHeight::Size16 };
    let mut pixels = drawn(prompt, size, seed, height);
    if let Some(colour) = frame {
        for (at, pixel) in pixels.chunks_exact_mut(3).enumerate() {
            let (x, y) = (at % size.width, at / size.width);
            let to_edge = x.min(y).min(size.width - 1 - x).min(size.height - 1 - y);
            if to_edge < MARGIN / 2 {
                pixel.copy_from_slice(&colour);
            }
        }
    }
    encode(size, &pixels)
}

/// The same picture, as red, green and blue of each pixel, row by row.
pub(crate) fn drawn(prompt: &str, size: PictureSize, seed: u64, height: RasterHeight) -> Vec<u8> {
    let mut canvas = Canvas::new(size, prompt, seed);
    canvas.write(prompt, height);
    canvas.pixels
}

struct Canvas {
    size: PictureSize,
    /// RGB, row by row.
    pixels: Vec<u8>,
}

impl Canvas {
    /// A gradient between two dark colours, so that white text is readable on it.
    fn new(size: PictureSize, prompt: &str, seed: u64) -> Self {
        let hash = digest::digest(&digest::SHA256, format!("{seed} {prompt}").as_bytes());
        let colour = |n: usize| hash.as_ref().get(n).copied().unwrap_or_default() / 2;
        let (PictureSize { width, height }, steps) = (size, size.width + size.height);
        let mut pixels = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            for x in 0..width {
                let far = x + y;
                for channel in 0..3 {
                    let (from, to) = (usize::from(colour(channel)), usize::from(colour(channel + 3)));
                    pixels.push(((from * (steps - far) + to * far) / steps) as u8);
                }
            }
        }
        Self { size, pixels }
    }

    /// Writes `text` in lines from the top, and cuts it where the picture ends.
    fn write(&mut self, text: &str, height: RasterHeight) {
        let columns = self.size.width.saturating_sub(2 * MARGIN) / get_raster_width(FontWeight::Regular, height);
        let rows = self.size.height.saturating_sub(2 * MARGIN) / height.val();
        for (row, line) in wrapped(text, columns).into_iter().take(rows).enumerate() {
            for (column, letter) in line.chars().enumerate() {
                let left = MARGIN + column * get_raster_width(FontWeight::Regular, height);
                self.draw(letter, height, left, MARGIN + row * height.val());
            }
        }
    }

    /// Draws a glyph in white over the background.
    fn draw(&mut self, letter: char, height: RasterHeight, left: usize, top: usize) {
        let glyph = |letter| get_raster(letter, FontWeight::Regular, height);
        let Some(glyph) = glyph(letter).or_else(|| glyph('\u{fffd}')) else { return };
        for (y, row) in glyph.rows().enumerate() {
            for (x, cover) in row.iter().enumerate() {
                let at = ((top + y) * self.size.width + left + x) * 3;
                for channel in self.pixels.iter_mut().skip(at).take(3) {
                    *channel += ((255 - u16::from(*channel)) * u16::from(*cover) / 255) as u8;
                }
            }
        }
    }
}

/// Breaks between words, and inside a word only when it is longer than a line.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![];
    let mut line = String::new();
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for piece in letters.chunks(columns.max(1)) {
            let used = line.chars().count();
            if used > 0 && used + 1 + piece.len() > columns {
                lines.push(std::mem::take(&mut line));
            } else if used > 0 {
                line.push(' ');
            }
            line.extend(piece);
        }
    }
    lines.push(line);
    lines
}

fn encode(size: PictureSize, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size.width as u32, size.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels));
    // Writing into memory cannot fail, if the picture has the announced size.
    debug_assert!(written.is_ok(), "the PNG could not be encoded: {written:?}");
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(file: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, pixels)
    }

    #[test]
    fn sides_follow_the_aspect_ratio_in_steps_of_sixteen() {
        for ratio in PictureSize::RATIOS {
            let PictureSize { width, height } = PictureSize::within(512.0, ratio);
            assert!(width.max(height) == 512 && width % 16 == 0 && height % 16 == 0, "{ratio}: {width} x {height}");
        }
        assert_eq!(PictureSize::within(512.0, "16:9"), PictureSize { width: 512, height: 288 });
    }

    #[test]
    fn prompt_and_seed_decide_a_picture() {
        let size = PictureSize::within(512.0, "3:2");
        let file = png("a red fox", size, 7, None);
        assert_eq!(file, png("a red fox", size, 7, None));
        assert_ne!(file, png("a red fox", size, 8, None));
        let (width, height, pixels) = decoded(&file);
        assert_eq!((width, height), (512, 336));
        assert!(pixels.chunks(3).any(|pixel| pixel == [255; 3]), "the prompt must be visible in white");
    }

    #[test]
    fn any_prompt_fits() {
        for prompt in ["", "x", "\u{1f98a} 狐", &"long ".repeat(800), &"w".repeat(4_000)] {
            for (ratio, long_side) in [("1:1", 512.0), ("21:9", 512.0), ("9:21", 512.0), ("21:9", 16.0)] {
                decoded(&png(prompt, PictureSize::within(long_side, ratio), 0, None));
            }
        }
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("a red fox runs", 9), ["a red fox", "runs"]);
        assert_eq!(wrapped("extraordinary fox", 5), ["extra", "ordin", "ary", "fox"]);
        assert_eq!(wrapped("", 5), [""]);
    }
}
