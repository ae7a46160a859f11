//! The OpenAPI 3.1 document (<https://spec.openapis.org/oas/v3.1.1>).

mod components;
mod operation;

use crate::route::Route;
use schemars::{
    Schema,
    generate::{SchemaGenerator, SchemaSettings},
    transform::RecursiveTransform,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The place of the schemas in the document.
const SCHEMAS: &str = "/components/schemas";

/// The version of the contract. The first number changes when a client must change.
const VERSION: &str = "1.0.0";

/// What is the same for all routes, in Markdown.
const ABOUT: &str = include_str!("document/about.md");

/// A route, with the function that answers it.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The function, such as `get-credits`.
    pub function: String,
    /// The area of the function, such as `billing`.
    pub area: String,
    /// The contract of its route.
    pub route: Route,
    /// Recorded requests, by name.
    pub examples: Vec<Example>,
}

/// A recorded request.
#[derive(Debug, Clone)]
pub struct Example {
    /// The name of the recording.
    pub name: String,
    /// The media type of the body.
    pub media_type: String,
    /// The body: JSON, or the text of a form.
    pub body: Option<Value>,
    /// The parts of the path.
    pub path: BTreeMap<String, String>,
}

/// The schemas of requests and of answers. A type may be read in another form than it is written, so each
/// has a generator of its own.
pub(crate) struct Schemas {
    pub(crate) of_requests: SchemaGenerator,
    pub(crate) of_answers: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = SCHEMAS.into();
            settings.meta_schema = None;
            settings.transforms.push(Box::new(RecursiveTransform(remove_null_default)));
        });
        Self {
            of_requests: settings.clone().for_deserialize().into_generator(),
            of_answers: settings.for_serialize().into_generator(),
        }
    }

    /// All named schemas.
    ///
    /// # Panics
    /// If a name has one schema in requests and another in answers.
    #[allow(clippy::panic, reason = "such a document must not be published")]
    fn join(mut self) -> Map<String, Value> {
        let mut all = self.of_answers.take_definitions(true);
        for (name, schema) in self.of_requests.take_definitions(true) {
            match all.get(&name) {
                Some(known) if *known != schema => {
                    panic!("{name} is read in another form than it is written: give one of the two types another name")
                }
                _ => drop(all.insert(name, schema)),
            }
        }
        all
    }
}

/// Removes a default that is null. It comes from a field that may be left out, and client generators would take
/// it for a value that the field always has.
fn remove_null_default(schema: &mut Schema) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

/// The document of all operations.
///
/// # Panics
/// If two types of one name have different schemas, or a link names no operation.
#[must_use]
pub fn document(operations: &[Operation]) -> Value {
    let mut schemas = Schemas::new();
    let mut paths = BTreeMap::<&str, Map<String, Value>>::new();
    for operation in operations {
        let method = operation.route.method.to_lowercase();
        let value = operation::value(operation, &mut schemas);
        paths.entry(operation.route.path).or_default().insert(method, value);
    }
    let areas: BTreeMap<&str, ()> = operations.iter().map(|operation| (operation.area.as_str(), ())).collect();
    let tags: Vec<_> = areas.keys().map(|area| json!({ "name": area })).collect();
    let problem = schemas.of_answers.subschema_for::<components::ProblemDocument>();
    let components = components::value(operations, &problem, schemas.join());
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Cinemaxsai",
            "version": VERSION,
            "summary": "AI images and videos from prompts, pictures and settings.",
            "description": ABOUT,
            "contact": { "name": "Support", "url": "https://cinemaxsai.com/contact" },
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "/", "description": "The origin that serves this document" }],
        "tags": tags,
        "paths": paths,
        "components": components,
    })
}
