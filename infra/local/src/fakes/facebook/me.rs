//! `/me`: a person's own fields.

use super::{
    problem::{GraphProblem, graph_answer},
    profile::FacebookProfile,
    settings::FakeFacebookSettings,
    state::FacebookState,
};
use crate::fakes::sign_in::parameters::Parameters;
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The side of a picture whose size nobody names, in pixels.
const SIDE: u32 = 50;

/// The largest side of a picture, in pixels.
const LARGEST_SIDE: u32 = 2_048;

/// A field of a request, such as `picture.width(256)`: its name, and its modifiers with their
/// arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AskedField<'a> {
    name: &'a str,
    modifiers: Vec<(&'a str, &'a str)>,
}

impl<'a> AskedField<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.trim().split('.');
        let name = parts.next().filter(|name| !name.is_empty())?;
        let modifiers = parts.map(|part| part.strip_suffix(')')?.split_once('(')).collect::<Option<_>>()?;
        Some(Self { name, modifiers })
    }
}

/// Answers the fields that a person's token may read. The call must prove that it is ours.
pub(super) fn answer(
    settings: &FakeFacebookSettings,
    state: &FacebookState,
    now: Timestamp,
    access_token: Option<&str>,
    sent: &Parameters,
) -> Result<Response<Bytes>, GraphProblem> {
    let nobody = "An active access token must be used to query information about the current user.";
    let access_token = access_token.filter(|token| *token != settings.app_token());
    let access_token = access_token.ok_or_else(|| GraphProblem::new(2500, nobody))?;
    let token = state.tokens.get(access_token);
    let token =
        token.ok_or_else(|| GraphProblem::new(190, "Invalid OAuth access token - Cannot parse access token"))?;
    match sent.get("appsecret_proof") {
        None => return Err(GraphProblem::method("API calls from the server require an appsecret_proof argument")),
        Some(proof) if proof != settings.proof(access_token) => {
            return Err(GraphProblem::method("Invalid appsecret_proof provided in the API argument"));
        }
        Some(_) => {}
    }
    if now >= token.expires_at {
        return Err(GraphProblem::new(190, "Error validating access token: Session has expired.").with_subcode(463));
    }
    let profile = state.people.get(&token.person).ok_or_else(|| {
        let why =
            format!("Error validating access token: The user has not authorized application {}.", settings.app_id);
        GraphProblem::new(190, why).with_subcode(458)
    })?;
    let mut fields = Map::new();
    for text in sent.get("fields").unwrap_or("id,name").split(',') {
        let asked =
            AskedField::parse(text).ok_or_else(|| GraphProblem::new(2500, format!("Syntax error \"{text}\"")))?;
        let value = value(settings, profile, token.has_email, &asked)?;
        fields.extend(value.map(|value| (asked.name.to_owned(), value)));
    }
    // The id always comes.
    fields.insert("id".to_owned(), settings.user_id(&profile.person).into());
    Ok(graph_answer(&Value::from(fields)))
}

/// The value of a field. A field that the person does not have, or does not share, is left out.
fn value(
    settings: &FakeFacebookSettings,
    profile: &FacebookProfile,
    has_email: bool,
    asked: &AskedField<'_>,
) -> Result<Option<Value>, GraphProblem> {
    if asked.name == "picture" {
        return picture(settings, profile, &asked.modifiers).map(Some);
    }
    if let Some((modifier, _)) = asked.modifiers.first() {
        return Err(GraphProblem::new(100, format!("(#100) Unknown modifier {modifier}")));
    }
    let (first, last) = profile.name.split_once(' ').unwrap_or((&profile.name, ""));
    match asked.name {
        "id" => Ok(Some(settings.user_id(&profile.person).into())),
        "name" => Ok(Some(profile.name.as_str().into())),
        "first_name" => Ok(Some(first.into())),
        "last_name" => Ok(Some(last.into())),
        "email" => Ok(profile.email.as_deref().filter(|_| has_email).map(Value::from)),
        other => {
            let why = format!("(#100) Tried accessing nonexisting field ({other}) on node type (User)");
            Err(GraphProblem::new(100, why))
        }
    }
}

fn picture(
    settings: &FakeFacebookSettings,
    profile: &FacebookProfile,
    modifiers: &[(&str, &str)],
) -> Result<Value, GraphProblem> {
    let (mut width, mut height) = (SIDE, SIDE);
    for (modifier, argument) in modifiers {
        let side = argument.parse::<u32>().ok().filter(|side| (1..=LARGEST_SIDE).contains(side));
        let side = side.ok_or_else(|| GraphProblem::new(100, format!("(#100) Param {modifier} must be a size")))?;
        match *modifier {
            "width" => width = side,
            "height" => height = side,
            _ => return Err(GraphProblem::new(100, format!("(#100) Unknown modifier {modifier}"))),
        }
    }
    let url = profile.picture.clone().unwrap_or_else(|| {
        let id = settings.user_id(&profile.person);
        format!("{}/platform/profilepic/?asid={id}&height={height}&width={width}", settings.public_base)
    });
    Ok(json!({ "data": { "height": height, "is_silhouette": false, "url": url, "width": width } }))
}
