//! The output files of the fakes that make media.

use super::{
    InPieces, Output, film,
    picture::{self, Size},
};
use bytes::Bytes;
use http::{HeaderValue, Response, header};

/// What a film has more than a good one, in bytes, when it is large or breaks off: half of
/// it is more than a client keeps in memory.
const PADDING: u32 = 24 * 1024 * 1024;

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
    /// The longer side of a picture, in pixels.
    pub long_side: u32,
    pub seed: u64,
}

/// The answer that hands a file out.
pub(super) fn answer(file: &File<'_>) -> Response<Bytes> {
    let File { output, makes, prompt, ratio, long_side, seed } = *file;
    let whole = match makes {
        Makes::Pictures => picture::png(prompt, Size::within(long_side.into(), ratio.unwrap_or("1:1")), seed),
        Makes::Film => film::mp4(prompt, ratio.unwrap_or("16:9"), seed),
    };
    let is_long = makes == Makes::Film && matches!(output, Output::Large | Output::CutOff);
    let whole = Bytes::from(if is_long { padded(whole) } else { whole });
    let half = whole.slice(..whole.len() / 2);
    let body = match output {
        Output::Good | Output::Large | Output::Missing => whole.clone(),
        Output::Truncated | Output::CutOff => half,
        Output::WrongType => Bytes::from_static(b"<!doctype html><title>Sign in</title>"),
    };
    let length = if output == Output::CutOff { whole.len() } else { body.len() };
    let mut answer = Response::new(body);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(makes.content_type()));
    // Films come as they are made, without a length, unless one is needed to break it.
    if makes == Makes::Film && output != Output::CutOff {
        answer.extensions_mut().insert(InPieces);
    } else {
        answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    answer
}

/// The film with an empty box at its end.
fn padded(mut film: Vec<u8>) -> Vec<u8> {
    film.extend((PADDING + 8).to_be_bytes());
    film.extend(b"free");
    film.resize(film.len() + PADDING as usize, 0);
    film
}
