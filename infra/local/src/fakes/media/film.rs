//! A film that shows its prompt, as the fakes' video models make it. Every frame is coded
//! by itself and without loss, which is simple and large: a second takes about 700 kB.

use super::picture::{self, PictureSize};
use less_avc::{
    BitDepth, LessEncoder,
    ycbcr_image::{DataPlane, Planes, YCbCrImage},
};
use muxide::api::{MuxerBuilder, VideoCodec};
use noto_sans_mono_bitmap::RasterHeight;
use std::error::Error;

/// The longest side that a film may have, in pixels.
pub(crate) const LONG_SIDE: u32 = 320;

const FRAMES: usize = 12;

const FRAMES_PER_SECOND: f64 = 8.0;

/// Rows at the bottom in which a bar grows, so that a viewer sees the film run.
const BAR: usize = 8;

/// The MP4 for a prompt: H.264, a second and a half, with a longer side of `long_side`
/// pixels. The index is at the end, as streaming encoders write it. The same arguments
/// give the same bytes.
pub(crate) fn mp4(prompt: &str, ratio: &str, long_side: u32, seed: u64) -> Vec<u8> {
    let size = PictureSize::within(long_side.into(), ratio);
    let film = coded(&picture::drawn(prompt, size, seed, RasterHeight::Size16), size);
    // Coding into memory cannot fail, if the sides are multiples of 16.
    debug_assert!(film.is_ok(), "the film could not be coded: {film:?}");
    film.unwrap_or_default()
}

fn coded(still: &[u8], size: PictureSize) -> Result<Vec<u8>, Box<dyn Error>> {
    let (width, height) = (size.width as u32, size.height as u32);
    let film = MuxerBuilder::new(Vec::new()).video(VideoCodec::H264, width, height, FRAMES_PER_SECOND);
    let mut film = film.with_fast_start(false).build()?;
    let mut encoder = None;
    for n in 0..FRAMES {
        let frame = FilmFrame::new(still, size, size.width * (n + 1) / FRAMES);
        let units = match &mut encoder {
            Some(encoder) => LessEncoder::encode(encoder, &frame.image(size))?.to_annex_b_data(),
            None => {
                let (units, first) = LessEncoder::new(&frame.image(size))?;
                encoder = Some(first);
                units.into_iter().flat_map(|unit| unit.to_annex_b_data()).collect()
            }
        };
        film.write_video(n as f64 / FRAMES_PER_SECOND, &units, true)?;
    }
    film.finish_in_place()?;
    Ok(film.into_writer())
}

/// The brightness of each pixel, and two differences of colour for each four pixels.
struct FilmFrame {
    y: Vec<u8>,
    cb: Vec<u8>,
    cr: Vec<u8>,
}

impl FilmFrame {
    /// By ITU-T T.871 §7, in whole numbers.
    fn new(still: &[u8], size: PictureSize, bar: usize) -> Self {
        let PictureSize { width, height } = size;
        let mut frame = Self { y: Vec::new(), cb: Vec::new(), cr: Vec::new() };
        for (at, pixel) in still.chunks_exact(3).enumerate() {
            let (x, y) = (at % width, at / width);
            let white = y >= height - BAR && x < bar;
            let colour = |n: usize| if white { 255 } else { pixel.get(n).copied().map_or(0, i32::from) };
            let (r, g, b) = (colour(0), colour(1), colour(2));
            let byte = |thousandths: i32| (thousandths / 1_000).clamp(0, 255) as u8;
            frame.y.push(byte(299 * r + 587 * g + 114 * b));
            if x % 2 == 0 && y % 2 == 0 {
                frame.cb.push(byte(128_000 - 169 * r - 331 * g + 500 * b));
                frame.cr.push(byte(128_000 + 500 * r - 419 * g - 81 * b));
            }
        }
        frame
    }

    fn image(&self, size: PictureSize) -> YCbCrImage<'_> {
        let plane = |data, stride| DataPlane { data, stride, bit_depth: BitDepth::Depth8 };
        let (luma, chroma) = (size.width, size.width / 2);
        YCbCrImage {
            planes: Planes::YCbCr((plane(&self.y, luma), plane(&self.cb, chroma), plane(&self.cr, chroma))),
            width: size.width as u32,
            height: size.height as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompt_and_seed_decide_a_film() {
        let film = mp4("a red fox", "16:9", LONG_SIDE, 7);
        assert_eq!(film, mp4("a red fox", "16:9", LONG_SIDE, 7));
        assert_ne!(film, mp4("a red fox", "16:9", LONG_SIDE, 8));
        assert_eq!(&film[4..12], b"ftypisom");
        assert!((1_000_000..1_200_000).contains(&film.len()), "{} bytes", film.len());
    }

    #[test]
    fn any_prompt_fits() {
        for prompt in ["", "\u{1f98a} 狐", &"w".repeat(4_000)] {
            for (ratio, long_side) in [("16:9", LONG_SIDE), ("9:16", LONG_SIDE), ("16:9", 16)] {
                assert!(!mp4(prompt, ratio, long_side, 0).is_empty(), "{ratio} {prompt}");
            }
        }
    }
}
