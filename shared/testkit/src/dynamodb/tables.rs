//! The tables of the real template.

use crate::template::{Properties, template};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// The table of accounts, as the template names it.
pub const ACCOUNTS_TABLE: &str = "Accounts";
/// The table of cases, as the template names it.
pub const CASES_TABLE: &str = "Cases";
/// The table of balances and ledgers, as the template names it.
pub const CREDITS_TABLE: &str = "Credits";
/// The table of generations, as the template names it.
pub const GENERATIONS_TABLE: &str = "Generations";
/// The table of deletions and receipts, as the template names it.
pub const DELETION_RECEIPTS_TABLE: &str = "DeletionReceipts";
/// The table of counters and used sign-ins, as the template names it.
pub const TRANSIENT_TABLE: &str = "Transient";

/// A table of the template, by its logical name.
#[derive(Debug)]
pub(super) struct TableDefinition {
    pub(super) name: String,
    /// The `CreateTable` request.
    pub(super) creation: Value,
    /// The `UpdateTimeToLive` request, if its items expire.
    pub(super) expiry: Option<Value>,
}

/// All tables of the template.
pub(super) fn all() -> &'static [TableDefinition] {
    static TABLES: OnceLock<Vec<TableDefinition>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let resources = template().resources.iter();
        let tables = resources.filter(|(_, resource)| resource.r#type == "AWS::DynamoDB::Table");
        tables.map(|(name, resource)| table(name, &resource.properties)).collect()
    })
}

fn table(name: &str, properties: &Properties) -> TableDefinition {
    let mut creation = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": properties.attribute_definitions,
        "KeySchema": properties.key_schema,
    });
    if let Some(indexes) = &properties.global_secondary_indexes {
        creation["GlobalSecondaryIndexes"] = indexes.clone();
    }
    let expiry = properties.time_to_live_specification.as_ref();
    let expiry = expiry.map(|specification| json!({ "TableName": name, "TimeToLiveSpecification": specification }));
    TableDefinition { name: name.to_owned(), creation, expiry }
}
