//! Recorded events, and methods that change them.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::LazyLock,
};
use url::form_urlencoded;

/// The callers of a route, as the field `access` of its event says. It is no part of the event that
/// API Gateway sends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// People with an access token.
    Protected,
    /// Everybody, for this reason.
    Public(String),
    /// Everybody, for this reason. An access token is optional, and a wrong one is refused.
    Optional(String),
}

/// The recorded events by name. They are read once, because simulations use thousands.
static RECORDED: LazyLock<BTreeMap<String, Event>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../events");
    let files = fs::read_dir(folder).expect("the folder events/ must be there");
    let files = files.map(|file| file.expect("the folder events/ can be read").path());
    let recorded = files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).map(|path| {
        let text = fs::read_to_string(&path).expect("a recorded event can be read");
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let event = Event::parse(&name, &text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (name, event)
    });
    recorded.collect()
});

/// An event as a function gets it from Lambda, recorded in `events/`. A test fills its
/// placeholders, such as `{{token}}`, before it sends the event.
#[derive(Debug, Clone)]
pub struct Event {
    function: String,
    access: Option<Access>,
    json: Value,
    /// Whether it is a recording, in which a test fills the placeholders.
    is_recorded: bool,
}

impl Event {
    /// The event in `events/<name>.json`: of the function `name`, or of its case
    /// `<function>.<case>`.
    ///
    /// # Panics
    /// When there is no such file.
    #[must_use]
    pub fn recorded(name: &str) -> Self {
        RECORDED.get(name).unwrap_or_else(|| panic!("record an event: events/{name}.json")).clone()
    }

    fn parse(name: &str, text: &str) -> serde_json::Result<Self> {
        let mut json: Value = serde_json::from_str(text)?;
        let access = json.as_object_mut().and_then(|fields| fields.remove("access"));
        let access = access.map(serde_json::from_value).transpose()?;
        Ok(Self { function: name.split('.').next().unwrap_or(name).to_owned(), access, json, is_recorded: true })
    }

    /// An event from a model of the platform, such as the one of SQS.
    pub(crate) fn of(function: &str, json: Value) -> Self {
        Self { function: function.to_owned(), access: None, json, is_recorded: false }
    }

    /// The names of all recorded events, cases included.
    #[must_use]
    pub fn names() -> BTreeSet<String> {
        RECORDED.keys().cloned().collect()
    }

    /// The function that gets the event.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The callers of its route.
    ///
    /// # Panics
    /// When the recorded event does not say so, or it is no HTTP event.
    #[must_use]
    pub fn access(&self) -> &Access {
        self.access.as_ref().unwrap_or_else(|| panic!("events/{}.json must have `access`", self.function))
    }

    /// The key of its route, such as `GET /v1/account`; empty for a job.
    #[must_use]
    pub fn route(&self) -> &str {
        self.json["routeKey"].as_str().unwrap_or_default()
    }

    /// The event as JSON, as it is sent.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Puts each value where the recording has the placeholder of this name. A placeholder that the
    /// recording does not have is skipped, so that one list fits all routes.
    #[must_use]
    pub fn fill_all(mut self, values: &[(&str, &str)]) -> Self {
        for (name, value) in values {
            replace(&mut self.json, &format!("{{{{{name}}}}}"), value);
        }
        self
    }

    /// Puts `value` where the recording has `{{name}}`.
    ///
    /// # Panics
    /// When it has no such placeholder.
    #[must_use]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        let placeholder = format!("{{{{{name}}}}}");
        assert!(replace(&mut self.json, &placeholder, value), "{} has no {placeholder}", self.function);
        self
    }

    /// Sets a header; `cookie` headers are set by [`Event::cookies`].
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.json["headers"][name] = value.into();
        self
    }

    /// Removes a header.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.json["headers"].as_object_mut().expect("an HTTP event has headers").remove(name);
        self
    }

    /// Sets the cookies, each as `name=value`. The gateway keeps them apart from the other
    /// headers.
    #[must_use]
    pub fn cookies(mut self, cookies: &[String]) -> Self {
        self.json["cookies"] = cookies.into();
        self
    }

    /// Removes the access token and the cookies.
    #[must_use]
    pub fn anonymous(self) -> Self {
        self.without_header("authorization").cookies(&[])
    }

    /// Sets the access token in the header, and removes the cookies.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.anonymous().header("authorization", &format!("Bearer {token}"))
    }

    /// Sets the address that sent the request.
    #[must_use]
    pub fn from_address(mut self, address: &str) -> Self {
        self.json["requestContext"]["http"]["sourceIp"] = address.into();
        self
    }

    /// Sets a path parameter.
    #[must_use]
    pub fn path(mut self, name: &str, value: &str) -> Self {
        self.json["pathParameters"][name] = value.into();
        let pattern = self.route().split_once(' ').map_or("/", |(_, path)| path);
        let path = self.json["pathParameters"]
            .as_object()
            .into_iter()
            .flatten()
            .fold(pattern.to_owned(), |path, (name, value)| {
                path.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default())
            });
        self.raw_path(&path)
    }

    /// Sets the whole path, for routes without path parameters.
    #[must_use]
    pub fn raw_path(mut self, path: &str) -> Self {
        self.json["rawPath"] = path.into();
        self.json["requestContext"]["http"]["path"] = path.into();
        self
    }

    /// Sets the method, for the route that takes any.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.json["requestContext"]["http"]["method"] = method.into();
        self
    }

    /// The same request with the method `HEAD`, by the route beside `GET`.
    #[must_use]
    pub fn as_head(mut self) -> Self {
        let route = self.route().replace("GET ", "HEAD ");
        self.json["routeKey"] = route.as_str().into();
        self.json["requestContext"]["routeKey"] = route.into();
        self.method("HEAD")
    }

    /// Sets the raw query, and the parameters that the gateway reads from it.
    #[must_use]
    pub fn raw_query(mut self, query: &str) -> Self {
        self.json["rawQueryString"] = query.into();
        let pairs = form_urlencoded::parse(query.as_bytes());
        self.json["queryStringParameters"] = pairs.map(|(name, value)| (name.into_owned(), json!(value))).collect();
        self
    }

    /// Sets query parameters.
    #[must_use]
    pub fn query(self, pairs: &[(&str, &str)]) -> Self {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.raw_query(&query)
    }

    /// Sets the body, as text.
    #[must_use]
    pub fn body(mut self, text: &str) -> Self {
        self.json["body"] = text.into();
        self.json["isBase64Encoded"] = false.into();
        self.header("content-length", &text.len().to_string())
    }

    /// Sets the body in base64, as the gateway sends a binary one.
    #[must_use]
    pub fn body_in_base64(mut self, bytes: &[u8]) -> Self {
        self.json["body"] = BASE64_STANDARD.encode(bytes).into();
        self.json["isBase64Encoded"] = true.into();
        self.header("content-length", &bytes.len().to_string())
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json_body(self, body: &Value) -> Self {
        self.body(&body.to_string()).header("content-type", "application/json")
    }

    /// The event as text, ready to be sent.
    ///
    /// # Panics
    /// When a placeholder was not filled.
    #[must_use]
    pub fn to_text(&self) -> String {
        let text = self.json.to_string();
        let is_filled = !self.is_recorded || !text.contains("{{");
        assert!(is_filled, "fill every placeholder of {} before sending it: {text}", self.function);
        text
    }
}

/// Replaces the placeholder in every text below `json`. Returns whether there was one.
fn replace(json: &mut Value, placeholder: &str, value: &str) -> bool {
    // A placeholder may occur several times, so every text is visited.
    let mut found = false;
    match json {
        Value::String(text) if text.contains(placeholder) => {
            *text = text.replace(placeholder, value);
            found = true;
        }
        Value::Array(items) => items.iter_mut().for_each(|item| found |= replace(item, placeholder, value)),
        Value::Object(fields) => fields.values_mut().for_each(|field| found |= replace(field, placeholder, value)),
        _ => {}
    }
    found
}
