//! The contract of the HTTP API.
//!
//! Each function with a route has a `contract()` beside its handler, and a function with two routes has
//! `contracts()`. It is made of the types that the handler reads and answers, so a change of a type changes the
//! contract. [`document()`] joins the contracts into one OpenAPI 3.1 document.
//!
//! The programs of the functions never call it, so the linker leaves it out of them.

mod answer;
mod document;
mod operation;
mod parameter;
mod problem;
mod route;
mod schemas;
mod table;

pub use document::document;
pub use operation::{Example, Operation};
pub use problem::{PROBLEMS, Problem, problem};
pub use route::{Access, Caching, Route};
pub use table::{problems_table, routes_table};

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Makes the schema of a type, and adds the types that it names to the generator.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

pub(crate) fn schema_of<T: JsonSchema>() -> SchemaOf {
    SchemaGenerator::subschema_for::<T>
}
