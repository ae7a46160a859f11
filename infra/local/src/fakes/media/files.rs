//! The output files of the fakes that make media.

use super::{
    film,
    picture::{self, PictureSize},
    seen::SeenPicture,
};
use crate::fakes::{
    knobs::OutputMode,
    response::{InPieces, Padding},
};
use bytes::Bytes;
use http::{HeaderValue, Response, header};

/// A larger box would need another kind of header.
const LARGEST_MIB: u32 = 4_095;

/// The kind of media that a model makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputKind {
    /// PNGs.
    Pictures,
    /// One MP4.
    Film,
}

impl OutputKind {
    /// The extension of the file names.
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

/// The content of an output file.
#[derive(Debug)]
pub(crate) struct FakeFile<'a> {
    pub output: OutputMode,
    pub makes: OutputKind,
    pub prompt: &'a str,
    /// Width to height, as `16:9`.
    pub ratio: Option<&'a str>,
    /// The longer side in pixels; for films, at most [`film::LONG_SIDE`].
    pub long_side: u32,
    pub seed: u64,
    /// The picture in the job's input.
    pub input: Option<SeenPicture>,
    /// How many MiB a large film has more than a good one.
    pub padding_mib: u32,
    /// Whether the answer with a film has a `content-length`.
    pub is_length_told: bool,
}

/// The answer with a file.
pub(crate) fn answer(file: &FakeFile<'_>) -> Response<Bytes> {
    let FakeFile { output, makes, prompt, ratio, long_side, seed, input, padding_mib, is_length_told } = *file;
    // Output that is made from a picture has the same aspect ratio, and a picture gets a frame
    // in its colour.
    let input_ratio = input.map(|SeenPicture { width, height, .. }| format!("{width}:{height}"));
    let ratio = ratio.filter(|ratio| *ratio != "match_input_image").or(input_ratio.as_deref());
    let frame = input.map(|seen| seen.colour);
    let mut whole = match makes {
        OutputKind::Pictures => {
            picture::png(prompt, PictureSize::within(long_side.into(), ratio.unwrap_or("1:1")), seed, frame)
        }
        OutputKind::Film => film::mp4(prompt, ratio.unwrap_or("16:9"), long_side.min(film::LONG_SIDE), seed),
    };
    let is_long = makes == OutputKind::Film && matches!(output, OutputMode::Large | OutputMode::CutOff);
    let padding = if is_long { padding(&mut whole, padding_mib) } else { 0 };
    let (length, whole) = (whole.len() as u64 + padding, Bytes::from(whole));
    let (body, padding) = match output {
        OutputMode::Good | OutputMode::Large | OutputMode::Missing => (whole, padding),
        OutputMode::Truncated | OutputMode::CutOff if padding > 0 => (whole, padding / 2),
        OutputMode::Truncated | OutputMode::CutOff => (whole.slice(..whole.len() / 2), 0),
        OutputMode::WrongType => (Bytes::from_static(b"<!doctype html><title>Sign in</title>"), 0),
    };
    let length = if output == OutputMode::CutOff { length } else { body.len() as u64 + padding };
    let mut answer = Response::new(body);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(makes.content_type()));
    // A film has no length, unless the answer must break before its end.
    if makes == OutputKind::Film && output != OutputMode::CutOff && !is_length_told {
        answer.extensions_mut().insert(InPieces);
    } else {
        answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if padding > 0 {
        answer.extensions_mut().insert(Padding(padding));
    }
    answer
}

/// Appends the header of an empty box to a film. Returns the length of the box's content.
fn padding(film: &mut Vec<u8>, mib: u32) -> u64 {
    let bytes = mib.min(LARGEST_MIB) * 1024 * 1024;
    film.extend((bytes + 8).to_be_bytes());
    film.extend(b"free");
    bytes.into()
}
