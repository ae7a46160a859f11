//! The tables of the world.

use serde_json::{Value, json};

/// The table of accounts, as the template names it.
pub const ACCOUNTS_TABLE: &str = "Accounts";
/// The table of balances and ledgers, as the template names it.
pub const CREDITS_TABLE: &str = "Credits";
/// The table of generations, as the template names it.
pub const GENERATIONS_TABLE: &str = "Generations";

/// A table with string keys `pk` and `sk`, as a `CreateTable` request.
fn table(name: &str) -> Value {
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
        ],
        "KeySchema": [
            { "AttributeName": "pk", "KeyType": "HASH" },
            { "AttributeName": "sk", "KeyType": "RANGE" },
        ],
    })
}

/// The `CreateTable` requests of all tables, and the attribute that items expire by.
pub(super) fn all() -> Vec<(Value, Option<&'static str>)> {
    let mut generations = table(GENERATIONS_TABLE);
    if let Some(attributes) = generations["AttributeDefinitions"].as_array_mut() {
        attributes.push(json!({ "AttributeName": "open", "AttributeType": "S" }));
        attributes.push(json!({ "AttributeName": "next_check", "AttributeType": "N" }));
    }
    generations["GlobalSecondaryIndexes"] = json!([{
        "IndexName": "open",
        "KeySchema": [
            { "AttributeName": "open", "KeyType": "HASH" },
            { "AttributeName": "next_check", "KeyType": "RANGE" },
        ],
        "Projection": { "ProjectionType": "ALL" },
    }]);
    vec![
        (table(ACCOUNTS_TABLE), Some("expires_at")),
        (table(CREDITS_TABLE), None),
        (generations, Some("expires_at")),
    ]
}
