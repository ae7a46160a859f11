//! The tables of the world: those of the real template.

use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::OnceLock};

/// The table of accounts, as the template names it.
pub const ACCOUNTS_TABLE: &str = "Accounts";
/// The table of balances and ledgers, as the template names it.
pub const CREDITS_TABLE: &str = "Credits";
/// The table of generations, as the template names it.
pub const GENERATIONS_TABLE: &str = "Generations";

const TEMPLATE: &str = include_str!("../../../../infra/template.yaml");

/// A table of the template, by its logical name.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    /// The `CreateTable` request.
    pub(super) creation: Value,
    /// How its items expire, as `UpdateTimeToLive` has it.
    pub(super) expiry: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    r#type: String,
    #[serde(default)]
    properties: Properties,
}

/// What the engine knows of a table's properties. The others (encryption, recovery,
/// protection) change nothing that a program sees.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    attribute_definitions: Option<Value>,
    key_schema: Option<Value>,
    global_secondary_indexes: Option<Value>,
    time_to_live_specification: Option<Value>,
}

/// All tables of the template.
pub(super) fn all() -> &'static [Table] {
    static TABLES: OnceLock<Vec<Table>> = OnceLock::new();
    TABLES.get_or_init(|| {
        // As CloudFormation reads it, where `AttributeType: N` is a string and no boolean.
        let options = serde_saphyr::options! { strict_booleans: true };
        let template: Template =
            serde_saphyr::from_str_with_options(TEMPLATE, options).expect("infra/template.yaml must be YAML");
        let tables = template.resources.into_iter().filter(|(_, resource)| resource.r#type == "AWS::DynamoDB::Table");
        tables.map(|(name, resource)| table(name, resource.properties)).collect()
    })
}

fn table(name: String, properties: Properties) -> Table {
    let mut creation = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": properties.attribute_definitions,
        "KeySchema": properties.key_schema,
    });
    if let Some(indexes) = properties.global_secondary_indexes {
        creation["GlobalSecondaryIndexes"] = indexes;
    }
    let expiry = properties.time_to_live_specification;
    let expiry = expiry.map(|specification| json!({ "TableName": name, "TimeToLiveSpecification": specification }));
    Table { name, creation, expiry }
}
