//! The files that are made of the contracts of all routes: the OpenAPI document, the page `/docs`, and the
//! tables of functions/README.md.

mod page;
mod readme;

use serde_json::Value;

/// The OpenAPI document, which `site` serves.
pub const DOCUMENT: &str = "functions/site/site/assets/openapi.json";

/// The page for people, which `site` serves as `/docs`.
pub const PAGE: &str = "functions/site/site/assets/docs.html";

/// The page for users of the API, of which some tables are made.
pub const README: &str = "functions/README.md";

/// A file, by its path from the root of the source tree, with the text that it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path.
    pub path: &'static str,
    /// The whole text.
    pub text: String,
}

/// All files, as they must be now.
///
/// # Errors
/// If the quick start or a mark is missing in a document.
pub fn files() -> Result<[File; 3], String> {
    let (operations, document) = (::tests::operations(), ::tests::document());
    let session = readme::session(&policy::tree::read("README.md"))?;
    Ok([
        File { path: DOCUMENT, text: pretty(document) },
        File { path: PAGE, text: page::page(document, &session) },
        File { path: README, text: readme::renewed(&policy::tree::read(README), &operations)? },
    ])
}

/// JSON with one member a line, so that a change is a short difference.
fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::validator;

    #[test]
    fn the_files_are_those_of_the_contracts() {
        for File { path, text } in files().unwrap() {
            let stored = policy::tree::read(path);
            let differs = stored.lines().zip(text.lines()).position(|(stored, made)| stored != made);
            let line = differs.unwrap_or_else(|| stored.lines().count().min(text.lines().count()));
            assert!(
                stored == text,
                "{path} differs from the contracts at line {}: run `cargo openapi`, and read what changes for clients.\n\
                 stored: {}\nmade:   {}",
                line + 1,
                stored.lines().nth(line).unwrap_or("(the end)"),
                text.lines().nth(line).unwrap_or("(the end)"),
            );
        }
    }

    #[test]
    fn every_schema_and_every_example_is_valid() {
        let document = ::tests::document();
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            drop(validator(document, &serde_json::json!({ "$ref": format!("#/components/schemas/{name}") })));
        }
        let mut examples = 0;
        let operations = document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
        for (_, operation) in operations {
            let Some(contents) = operation["requestBody"]["content"].as_object() else { continue };
            for content in contents.values() {
                let validator = validator(document, &content["schema"]);
                for (name, example) in content["examples"].as_object().into_iter().flatten() {
                    let faults: Vec<_> = validator.iter_errors(&example["value"]).map(|it| it.to_string()).collect();
                    assert!(faults.is_empty(), "events/{name}.json breaks the contract: {faults:?}");
                    examples += 1;
                }
            }
        }
        assert!(examples >= 8, "recorded bodies are examples: {examples}");
    }

    /// A link to an operation that does not exist is a link of nothing.
    #[test]
    fn every_link_names_an_operation_and_its_parameter() {
        let document = ::tests::document();
        let paths = document["paths"].as_object().unwrap();
        let operations = || paths.values().flat_map(|path| path.as_object().unwrap().values());
        let mut links = 0;
        for operation in operations() {
            let answers = operation["responses"].as_object().unwrap().values();
            for link in answers.flat_map(|answer| answer["links"].as_object().into_iter().flat_map(|it| it.values())) {
                let target = operations().find(|other| other["operationId"] == link["operationId"]);
                let target = target.unwrap_or_else(|| panic!("no operation has the id of {link}"));
                for parameter in link["parameters"].as_object().unwrap().keys() {
                    let known = target["parameters"].as_array().into_iter().flatten();
                    assert!(known.clone().any(|it| it["name"] == parameter.as_str()), "{link} has no such parameter");
                }
                links += 1;
            }
        }
        assert!(links >= 6, "operations lead to others: {links}");
    }
}
