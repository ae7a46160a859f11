//! The output files. Their addresses are secret enough that no token is asked for, as on
//! `replicate.delivery`.

use super::{
    State,
    knobs::Output,
    picture::{self, Size},
    problem::Problem,
};
use bytes::Bytes;
use http::{HeaderValue, Response, header};

pub(super) fn answer(state: &mut State, path: &str) -> Result<Response<Bytes>, Problem> {
    let (id, name) = path.trim_start_matches("/files/").split_once('/').ok_or_else(Problem::not_found)?;
    let n = name.strip_prefix("out-").and_then(|name| name.strip_suffix(".png")).and_then(|n| n.parse().ok());
    let file = n.zip(state.prediction(id)).and_then(|(n, prediction)| prediction.file(n));
    let (output, prompt, ratio, seed) = file.ok_or_else(Problem::not_found)?;
    let whole = Bytes::from(picture::png(prompt, Size::of(ratio), seed));
    state.counts.downloads += 1;
    let half = whole.slice(..whole.len() / 2);
    let (body, length) = match output {
        Output::Good | Output::Missing => (whole.clone(), whole.len()),
        Output::Truncated => (half.clone(), half.len()),
        Output::CutOff => (half, whole.len()),
        Output::WrongType => {
            let page = Bytes::from_static(b"<!doctype html><title>Sign in</title>");
            (page.clone(), page.len())
        }
    };
    let mut answer = Response::new(body);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(answer)
}
