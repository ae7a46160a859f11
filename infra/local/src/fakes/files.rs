//! The output files. Their addresses are secret enough that no token is asked for, as on
//! `replicate.delivery`.

use super::{
    InPieces, State, film,
    knobs::Output,
    models::Makes,
    picture::{self, Size},
    prediction::File,
    problem::Problem,
};
use bytes::Bytes;
use http::{HeaderValue, Response, header};

/// What a film has more than a good one, in bytes, when it is large or breaks off: half of
/// it is more than a client keeps in memory.
const PADDING: u32 = 24 * 1024 * 1024;

pub(super) fn answer(state: &mut State, path: &str) -> Result<Response<Bytes>, Problem> {
    let id = path.trim_start_matches("/files/").split('/').next().unwrap_or_default();
    let file = state.prediction(id).and_then(|prediction| prediction.file(path));
    let File { output, makes, prompt, ratio, long_side, seed } = file.ok_or_else(Problem::not_found)?;
    let (content_type, whole) = match makes {
        Makes::Pictures => {
            let size = Size::within(long_side.into(), ratio.unwrap_or("1:1"));
            ("image/png", picture::png(prompt, size, seed))
        }
        Makes::Film => ("video/mp4", film::mp4(prompt, ratio.unwrap_or("16:9"), seed)),
    };
    state.counts.downloads += 1;
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
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Films come as they are made, without a length, unless one is needed to break it.
    if makes == Makes::Film && output != Output::CutOff {
        answer.extensions_mut().insert(InPieces);
    } else {
        answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(answer)
}

/// The film with an empty box at its end.
fn padded(mut film: Vec<u8>) -> Vec<u8> {
    film.extend((PADDING + 8).to_be_bytes());
    film.extend(b"free");
    film.resize(film.len() + PADDING as usize, 0);
    film
}
