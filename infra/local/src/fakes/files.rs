//! The output files of the fakes that make media.

use super::{
    InPieces, Output, Padding, film,
    picture::{self, Size},
    seen::Seen,
};
use bytes::Bytes;
use http::{HeaderValue, Response, header};

/// A box of more has a head of another shape.
const LARGEST_MIB: u32 = 4_095;

/// What a model makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Makes {
    /// PNGs.
    Pictures,
    /// One MP4.
    Film,
}

impl Makes {
    /// What the names of its files end in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pictures => "png",
            Self::Film => "mp4",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Pictures => "image/png",
            Self::Film => "video/mp4",
        }
    }
}

/// What an output file shows.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub output: Output,
    pub makes: Makes,
    pub prompt: &'a str,
    /// Width to height, as `16:9`.
    pub ratio: Option<&'a str>,
    /// The longer side in pixels; of a film as much of it as there may be.
    pub long_side: u32,
    pub seed: u64,
    /// The picture that it is made from.
    pub input: Option<Seen>,
    /// What a large film has more than a good one, in MiB.
    pub padding_mib: u32,
    /// Whether a film says how long it is.
    pub is_length_told: bool,
}

/// The answer that hands a file out.
pub(super) fn answer(file: &File<'_>) -> Response<Bytes> {
    let File { output, makes, prompt, ratio, long_side, seed, input, padding_mib, is_length_told } = *file;
    // What is made from a picture has its sides, and a picture a frame in its colour.
    let input_ratio = input.map(|Seen { width, height, .. }| format!("{width}:{height}"));
    let ratio = ratio.filter(|ratio| *ratio != "match_input_image").or(input_ratio.as_deref());
    let frame = input.map(|seen| seen.colour);
    let mut whole = match makes {
        Makes::Pictures => picture::png(prompt, Size::within(long_side.into(), ratio.unwrap_or("1:1")), seed, frame),
        Makes::Film => film::mp4(prompt, ratio.unwrap_or("16:9"), long_side.min(film::LONG_SIDE), seed),
    };
    let is_long = makes == Makes::Film && matches!(output, Output::Large | Output::CutOff);
    let padding = if is_long { padding(&mut whole, padding_mib) } else { 0 };
    let (length, whole) = (whole.len() as u64 + padding, Bytes::from(whole));
    let (body, padding) = match output {
        Output::Good | Output::Large | Output::Missing => (whole, padding),
        Output::Truncated | Output::CutOff if padding > 0 => (whole, padding / 2),
        Output::Truncated | Output::CutOff => (whole.slice(..whole.len() / 2), 0),
        Output::WrongType => (Bytes::from_static(b"<!doctype html><title>Sign in</title>"), 0),
    };
    let length = if output == Output::CutOff { length } else { body.len() as u64 + padding };
    let mut answer = Response::new(body);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(makes.content_type()));
    // Films come as they are made, without a length, unless one is needed to break it.
    if makes == Makes::Film && output != Output::CutOff && !is_length_told {
        answer.extensions_mut().insert(InPieces);
    } else {
        answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if padding > 0 {
        answer.extensions_mut().insert(Padding(padding));
    }
    answer
}

/// Gives a film the head of an empty box at its end, and says how long the box's content is.
fn padding(film: &mut Vec<u8>, mib: u32) -> u64 {
    let bytes = mib.min(LARGEST_MIB) * 1024 * 1024;
    film.extend((bytes + 8).to_be_bytes());
    film.extend(b"free");
    bytes.into()
}
