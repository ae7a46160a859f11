//! The world refuses the requests that AWS refuses. Otherwise a test could pass and AWS refuse it.

use crate::world::World;
use serde_json::{Value, json};

fn key(sk: &str) -> Value {
    json!({ "pk": { "S": "a" }, "sk": { "S": sk } })
}

fn update(expression: &str, more: Value) -> Value {
    with(json!({ "TableName": "Generations", "Key": key("g"), "UpdateExpression": expression }), more)
}

fn query(condition: &str, more: Value) -> Value {
    with(json!({ "TableName": "Generations", "KeyConditionExpression": condition }), more)
}

fn with(mut request: Value, more: Value) -> Value {
    if let (Some(request), Value::Object(more)) = (request.as_object_mut(), more) {
        request.extend(more);
    }
    request
}

fn check(sk: &str) -> Value {
    json!({ "ConditionCheck": { "TableName": "Generations", "Key": key(sk), "ConditionExpression": "attribute_exists(pk)" } })
}

fn put(item: Value) -> Value {
    json!({ "TableName": "Generations", "Item": item })
}

fn refusal(world: &World, operation: &str, request: &Value) -> String {
    let answer = world.state().dynamodb().execute(operation, request);
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    body["__type"].as_str().unwrap_or("nothing").rsplit('#').next().unwrap_or_default().to_owned()
}

/// A name, an operation and a malformed request.
type Malformed = (&'static str, &'static str, Value);

fn values(values: Value) -> Value {
    json!({ "ExpressionAttributeValues": values })
}

fn one() -> Value {
    values(json!({ ":v": { "N": "1" } }))
}

fn pk() -> Value {
    values(json!({ ":pk": { "S": "a" }, ":v": { "S": "x" } }))
}

fn malformed_writes() -> Vec<Malformed> {
    let large = "x".repeat(400 * 1024);
    vec![
        ("a reserved word", "UpdateItem", update("SET status = :v", one())),
        (
            "an unused value",
            "UpdateItem",
            update("SET price = :v", values(json!({ ":v": { "N": "1" }, ":w": { "N": "1" } }))),
        ),
        (
            "an unused name",
            "UpdateItem",
            update("SET price = :v", with(one(), json!({ "ExpressionAttributeNames": { "#n": "n" } }))),
        ),
        ("an undefined value", "UpdateItem", update("SET price = :w", one())),
        ("a change of the key", "UpdateItem", update("SET sk = :v", one())),
        ("two changes of one attribute", "UpdateItem", update("SET price = :v, price = :v", one())),
        ("a sum with a missing attribute", "UpdateItem", update("SET price = price + :v", one())),
        ("an index key of another type", "PutItem", put(with(key("g"), json!({ "open": { "N": "1" } })))),
        (
            "an empty index key",
            "PutItem",
            put(with(key("g"), json!({ "open": { "S": "" }, "next_check": { "N": "1" } }))),
        ),
        ("an empty key", "PutItem", put(json!({ "pk": { "S": "" }, "sk": { "S": "x" } }))),
        ("a missing key", "PutItem", put(json!({ "pk": { "S": "a" } }))),
        ("an item over 400 KB", "PutItem", put(with(key("g"), json!({ "blob": { "S": large } })))),
        ("a number of 39 digits", "PutItem", put(with(key("g"), json!({ "n": { "N": "1".repeat(39) } })))),
        ("an empty set", "PutItem", put(with(key("g"), json!({ "n": { "SS": [] } })))),
    ]
}

fn malformed_queries() -> Vec<Malformed> {
    vec![
        ("a filter on a key", "Query", query("pk = :pk", with(pk(), json!({ "FilterExpression": "sk = :v" })))),
        ("a query without the partition", "Query", query("sk = :v", pk())),
        ("a sort key compared with <>", "Query", query("pk = :pk AND sk <> :v", pk())),
        ("a limit of 0", "Query", query("pk = :v", with(values(json!({ ":v": { "S": "a" } })), json!({ "Limit": 0 })))),
        (
            "no such index",
            "Query",
            query("pk = :v", with(values(json!({ ":v": { "S": "a" } })), json!({ "IndexName": "none" }))),
        ),
    ]
}

fn malformed_batches() -> Vec<Malformed> {
    let huge = "x".repeat(300 * 1024);
    let many: Vec<_> = (0..101).map(|number| check(&number.to_string())).collect();
    let heavy: Vec<_> = (0..15)
        .map(|number| json!({ "Put": put(with(key(&number.to_string()), json!({ "blob": { "S": huge } }))) }))
        .collect();
    let many_keys: Vec<_> = (0..101).map(|number| key(&number.to_string())).collect();
    vec![
        (
            "a key named twice",
            "BatchGetItem",
            json!({ "RequestItems": { "Generations": { "Keys": [key("g"), key("g")] } } }),
        ),
        ("101 keys", "BatchGetItem", json!({ "RequestItems": { "Generations": { "Keys": many_keys } } })),
        ("an item named twice", "TransactWriteItems", json!({ "TransactItems": [check("g"), check("g")] })),
        ("101 items", "TransactWriteItems", json!({ "TransactItems": many })),
        ("more than 4 MB", "TransactWriteItems", json!({ "TransactItems": heavy })),
        ("no items", "TransactWriteItems", json!({ "TransactItems": [] })),
    ]
}

#[test]
fn malformed_requests_are_refused_as_aws_refuses_them() {
    let world = World::new(1);
    for (case, operation, request) in [malformed_writes(), malformed_queries(), malformed_batches()].concat() {
        assert_eq!(refusal(&world, operation, &request), "ValidationException", "{operation} with {case}");
    }
    let before = world.snapshot();
    let unknown = json!({ "TableName": "Nowhere", "Key": key("g") });
    assert_eq!(refusal(&world, "GetItem", &unknown), "ResourceNotFoundException");
    world.assert_unchanged(&before);
}

#[test]
fn a_token_is_valid_for_one_transaction_only() {
    let world = World::new(1);
    let transaction = |sk: &str| json!({ "ClientRequestToken": "t", "TransactItems": [{ "Put": put(key(sk)) }] });
    assert_eq!(refusal(&world, "TransactWriteItems", &transaction("1")), "nothing");
    assert_eq!(refusal(&world, "TransactWriteItems", &transaction("2")), "IdempotentParameterMismatchException");
}

#[test]
fn a_malformed_condition_fails_the_transaction_and_not_the_item() {
    let world = World::new(1);
    let mut item = check("g");
    item["ConditionCheck"]["ConditionExpression"] = "nonsense(".into();
    assert_eq!(refusal(&world, "TransactWriteItems", &json!({ "TransactItems": [item] })), "ValidationException");
}
