//! The schemas of the document.

use schemars::{
    Schema,
    generate::{SchemaGenerator, SchemaSettings},
    transform::RecursiveTransform,
};
use serde_json::{Map, Value};

/// The place of the schemas in the document.
const SCHEMAS: &str = "/components/schemas";

/// The schemas of requests and of answers. A type may be read in another form than it is written, so each
/// has a generator of its own.
pub(crate) struct Schemas {
    pub(crate) of_requests: SchemaGenerator,
    pub(crate) of_answers: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
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
    pub(crate) fn join(mut self) -> Map<String, Value> {
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
