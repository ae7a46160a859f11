//! The routes of the Graph API.

use super::{
    me,
    problem::GraphProblem,
    settings::{FakeFacebookSettings, GRAPH_VERSION},
    state::FacebookState,
    token,
};
use crate::fakes::{
    response::lost_or,
    sign_in::{
        answers::AnswerMode,
        parameters::{Parameters, is_form},
    },
};
use bytes::Bytes;
use http::{Method, Request, Response, header};
use jiff::Timestamp;

/// The length of an id of a trace, in characters.
const TRACE_CHARS: usize = 22;

pub(super) fn answer(
    settings: &FakeFacebookSettings,
    state: &mut FacebookState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    state.counts.requests += 1;
    let trace = state.new_text(TRACE_CHARS, now);
    let mode = state.knobs.answers;
    let answer = match mode {
        AnswerMode::ServerError => Err(GraphProblem::transient()),
        AnswerMode::Given | AnswerMode::Lost => routed(settings, state, now, request),
    };
    lost_or(answer.unwrap_or_else(|problem| problem.into_response(&trace)), mode == AnswerMode::Lost)
}

fn routed(
    settings: &FakeFacebookSettings,
    state: &mut FacebookState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, GraphProblem> {
    let path = request.uri().path();
    let node = path.strip_prefix('/').and_then(|path| path.strip_prefix(GRAPH_VERSION)?.strip_prefix('/'));
    let sent = parameters(request)?;
    let (is_get, is_post) = (request.method() == Method::GET, request.method() == Method::POST);
    // With this parameter a form may ask what a query asks, so that its token stays out of the URL.
    let is_read = is_get || is_post && sent.text("method").eq_ignore_ascii_case("get");
    match node {
        Some("oauth/access_token") if is_get || is_post => token::exchange(settings, state, now, &sent),
        Some("debug_token") if is_read => {
            token::debugged(settings, state, now, access_token(request, &sent)?.as_deref(), &sent)
        }
        Some("me") if is_read => me::answer(settings, state, now, access_token(request, &sent)?.as_deref(), &sent),
        _ => Err(GraphProblem::unknown_path(path)),
    }
}

/// The parameters of the query and, where there is one, of the form.
fn parameters(request: &Request<Bytes>) -> Result<Parameters, GraphProblem> {
    let query = Parameters::of_query(request)?;
    if request.body().is_empty() && !is_form(request) {
        return Ok(query);
    }
    Ok(query.joined(Parameters::of_form(request)?)?)
}

/// The token of a call: a parameter, or the header `Authorization`.
fn access_token(request: &Request<Bytes>, sent: &Parameters) -> Result<Option<String>, GraphProblem> {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|header| header.strip_prefix("Bearer ").or_else(|| header.strip_prefix("OAuth ")));
    match (bearer, sent.get("access_token")) {
        (Some(_), Some(_)) => Err(GraphProblem::new(100, "(#100) The access token is sent twice")),
        (bearer, parameter) => Ok(bearer.or(parameter).map(str::to_owned)),
    }
}
