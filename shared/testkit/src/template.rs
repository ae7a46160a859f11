//! The parts of the real template that the world follows.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

const TEMPLATE: &str = include_str!("../../../infra/template.yaml");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Template {
    globals: Globals,
    pub(crate) resources: BTreeMap<String, Resource>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Globals {
    function: Properties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Resource {
    pub(crate) r#type: String,
    #[serde(default)]
    pub(crate) properties: Properties,
}

/// The properties of a resource that a program can observe. The world ignores the others
/// (encryption, recovery, protection and the like).
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Properties {
    // Tables.
    pub(crate) attribute_definitions: Option<Value>,
    pub(crate) key_schema: Option<Value>,
    pub(crate) global_secondary_indexes: Option<Value>,
    pub(crate) time_to_live_specification: Option<Value>,
    // Queues.
    pub(crate) redrive_policy: Option<RedrivePolicy>,
    // Functions.
    environment: Option<Environment>,
    policies: Option<IgnoredAny>,
    timeout: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedrivePolicy {
    pub(crate) max_receive_count: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    variables: BTreeMap<String, IgnoredAny>,
}

/// A function of the template.
#[derive(Debug)]
pub(crate) struct Function {
    /// The names of its variables.
    pub(crate) variables: BTreeSet<&'static str>,
    /// The seconds after which Lambda ends an invocation.
    pub(crate) timeout: i64,
}

/// The template, read once.
pub(crate) fn template() -> &'static Template {
    static READ: OnceLock<Template> = OnceLock::new();
    READ.get_or_init(|| {
        // As in CloudFormation, where `AttributeType: N` is a string and no boolean.
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(TEMPLATE, options).expect("infra/template.yaml must be a SAM template")
    })
}

/// The function of a package: `get-credits` is the resource `GetCredits`.
pub(crate) fn function(package: &str) -> Option<Function> {
    let template = template();
    let resource = template.resources.get(&pascal_case(package))?;
    if resource.r#type != "AWS::Serverless::Function" {
        return None;
    }
    let (own, shared) = (&resource.properties, &template.globals.function);
    let variables = [own, shared].into_iter().filter_map(|properties| properties.environment.as_ref());
    let variables = variables.flat_map(|environment| environment.variables.keys().map(String::as_str)).collect();
    Some(Function { variables, timeout: own.timeout.or(shared.timeout)? })
}

/// Whether the template gives the function of this package a policy. A function without a
/// policy makes no call to AWS, so it changes nothing, even behind a `POST`.
///
/// # Panics
/// When there is no such function.
#[must_use]
pub fn has_policies(package: &str) -> bool {
    let resource = template().resources.get(&pascal_case(package));
    resource.expect("every package of functions/ is in the template").properties.policies.is_some()
}

fn pascal_case(package: &str) -> String {
    package.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}
