//! Parses a request to create a prediction.

use super::{
    models::ReplicateModel,
    prediction::PredictionRequest,
    problem::{InvalidField, ReplicateProblem},
};
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use jiff::SignedDuration;
use serde_json::{Map, Value};
use std::time::Duration;
use url::{Host, Url};

const EVENTS: &[&str] = &["start", "output", "logs", "completed"];

/// Seconds that `Prefer: wait` may hold a request open.
const WAIT_S: std::ops::RangeInclusive<u64> = 1..=60;

/// Seconds that a prediction may be given by `Cancel-After`.
const CANCEL_AFTER_S: std::ops::RangeInclusive<i64> = 5..=86_400;

/// Parses the request. `model` is the model in the path; without it the body must name a
/// version.
pub(super) fn order(
    request: &Request<Bytes>,
    model: Option<&'static ReplicateModel>,
) -> Result<PredictionRequest, ReplicateProblem> {
    let cancel_after = cancel_after(request.headers())?;
    let mut body = json_object(request)?;
    let mut faults = Vec::new();
    let version = match (body.remove("version"), model) {
        (Some(Value::String(version)), None) => Some(version),
        (Some(_), Some(_)) => {
            faults.push(unknown_property("version"));
            None
        }
        (Some(_), None) | (None, None) => {
            faults.push(fault("required", "", "version is required"));
            None
        }
        (None, Some(_)) => None,
    };
    let input = match body.remove("input") {
        Some(Value::Object(input)) => input,
        Some(_) => {
            faults.push(fault("invalid_type", "input", "Invalid type. Expected: object"));
            Map::new()
        }
        None => {
            faults.push(fault("required", "", "input is required"));
            Map::new()
        }
    };
    let webhook = body.remove("webhook").and_then(|url| webhook(url, &mut faults));
    let filter = body.remove("webhook_events_filter").and_then(|events| events_filter(events, &mut faults));
    // It is deprecated and has no effect, but the official clients may send it.
    body.remove("stream");
    faults.extend(body.keys().map(|name| unknown_property(name)));
    let named = model.or_else(|| version.as_deref().and_then(ReplicateModel::of_version));
    let Some(model) = named else {
        return Err(if version.is_some() {
            ReplicateProblem::unknown_version()
        } else {
            ReplicateProblem::invalid(faults)
        });
    };
    if faults.is_empty() {
        faults = model.faults(&input);
    }
    if !faults.is_empty() {
        return Err(ReplicateProblem::invalid(faults));
    }
    let version = match version {
        Some(_) => model.version.to_owned(),
        None => "hidden".to_owned(),
    };
    Ok(PredictionRequest { model, version, input, webhook, filter, cancel_after })
}

/// How long `Prefer: wait` or `Prefer: wait=n` wants the request to be held open.
pub(super) fn wait(headers: &HeaderMap) -> Result<Option<Duration>, ReplicateProblem> {
    let Some(prefer) = headers.get("prefer") else { return Ok(None) };
    let seconds = match prefer.to_str().unwrap_or_default().split_once('=') {
        None if prefer == "wait" => Some(*WAIT_S.end()),
        Some(("wait", seconds)) => seconds.parse().ok().filter(|seconds| WAIT_S.contains(seconds)),
        _ => None,
    };
    seconds
        .map(|seconds| Some(Duration::from_secs(seconds)))
        .ok_or_else(|| ReplicateProblem::malformed("Invalid Prefer header"))
}

/// `Cancel-After`: `90`, `90s`, `5m`, `1h30m45s`.
fn cancel_after(headers: &HeaderMap) -> Result<Option<SignedDuration>, ReplicateProblem> {
    let Some(header) = headers.get("cancel-after") else { return Ok(None) };
    let seconds = header.to_str().ok().and_then(seconds).filter(|seconds| CANCEL_AFTER_S.contains(seconds));
    let problem = || ReplicateProblem::malformed("Invalid Cancel-After header");
    seconds.map(|seconds| Some(SignedDuration::from_secs(seconds))).ok_or_else(problem)
}

fn seconds(text: &str) -> Option<i64> {
    let mut total = 0i64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: i64 = rest[..digits].parse().ok()?;
        let mut after = rest[digits..].chars();
        let unit = match after.next() {
            None | Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some(_) => return None,
        };
        total = number.checked_mul(unit)?.checked_add(total)?;
        rest = after.as_str();
    }
    (!text.is_empty()).then_some(total)
}

fn json_object(request: &Request<Bytes>) -> Result<Map<String, Value>, ReplicateProblem> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if content_type.and_then(|value| value.split(';').next()) != Some("application/json") {
        return Err(ReplicateProblem::malformed("The request body must be application/json."));
    }
    serde_json::from_slice(request.body())
        .map_err(|_| ReplicateProblem::malformed("The request body is not a JSON object."))
}

fn webhook(value: Value, faults: &mut Vec<InvalidField>) -> Option<String> {
    let url = value.as_str().and_then(|text| Url::parse(text).ok());
    let loopback = |url: &Url| match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url {
        Some(url) if url.scheme() == "https" || (url.scheme() == "http" && loopback(&url)) => {
            value.as_str().map(str::to_owned)
        }
        _ => {
            faults.push(fault("invalid_url", "webhook", "Must be a valid HTTPS URL"));
            None
        }
    }
}

fn events_filter(value: Value, faults: &mut Vec<InvalidField>) -> Option<Vec<String>> {
    let events: Option<Vec<String>> = serde_json::from_value(value).ok();
    match events {
        Some(events) if events.iter().all(|event| EVENTS.contains(&event.as_str())) => Some(events),
        _ => {
            let choices = EVENTS.iter().map(|event| format!("\"{event}\"")).collect::<Vec<_>>().join(", ");
            let description = format!("webhook_events_filter must be a list of the following: {choices}");
            faults.push(fault("enum", "webhook_events_filter", &description));
            None
        }
    }
}

fn unknown_property(name: &str) -> InvalidField {
    fault("additional_property_not_allowed", "", &format!("Additional property {name} is not allowed"))
}

fn fault(kind: &'static str, field: &str, description: &str) -> InvalidField {
    InvalidField { kind, field: field.to_owned(), description: description.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_spelt_in_hours_minutes_and_seconds() {
        for (text, expected) in [("90", 90), ("90s", 90), ("5m", 300), ("1h30m45s", 5_445)] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["", "m", "5 m", "5d", "-5s", "1.5m"] {
            assert_eq!(seconds(text), None, "{text} must be refused");
        }
    }
}
