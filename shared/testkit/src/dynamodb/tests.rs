use crate::{
    calls::{
        faults::{Fault, Faults},
        journal::TracedCall,
        process::Died,
    },
    dynamodb::tables::{CREDITS_TABLE, GENERATIONS_TABLE},
    world::World,
};
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Region, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput},
    types::{
        AttributeValue, CancellationReason, KeysAndAttributes, Put, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem,
    },
};
use futures_util::future::join_all;
use serde_json::json;
use std::{collections::HashMap, time::Duration};

pub(crate) fn client(world: &World) -> Client {
    let settings = world.settings();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region))
        .credentials_provider(settings.credentials)
        .http_client(world.http_client())
        .retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn item(sk: &str, version: u64) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), s("a")), ("sk".to_owned(), s(sk)), ("version".to_owned(), n(version))])
}

fn key(sk: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), s("a")), ("sk".to_owned(), s(sk))])
}

async fn put(client: &Client, sk: &str, version: u64) -> Result<(), Option<String>> {
    let put = client.put_item().table_name(CREDITS_TABLE).set_item(Some(item(sk, version))).send().await;
    put.map(drop).map_err(|error| error.code().map(str::to_owned))
}

async fn version(client: &Client, sk: &str, consistent: bool) -> Option<u64> {
    let get = client.get_item().table_name(CREDITS_TABLE).set_key(Some(key(sk))).consistent_read(consistent);
    let found = get.send().await.unwrap().item?;
    found["version"].as_n().ok()?.parse().ok()
}

/// Writes `balance` at the version after `seen`, and an entry of that version.
async fn bump(client: &Client, seen: u64) -> Result<TransactWriteItemsOutput, SdkError<TransactWriteItemsError>> {
    let balance = Put::builder()
        .table_name(CREDITS_TABLE)
        .set_item(Some(item("balance", seen + 1)))
        .condition_expression("version = :seen")
        .expression_attribute_values(":seen", n(seen))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let entry = Put::builder()
        .table_name(CREDITS_TABLE)
        .set_item(Some(item(&format!("entry#{:020}", seen + 1), seen + 1)))
        .condition_expression("attribute_not_exists(pk)");
    client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(balance.build().unwrap()).build())
        .transact_items(TransactWriteItem::builder().put(entry.build().unwrap()).build())
        .send()
        .await
}

fn reasons(error: &SdkError<TransactWriteItemsError>) -> Vec<CancellationReason> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            canceled.cancellation_reasons().to_vec()
        }
        other => panic!("expected a canceled transaction, not {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn five_hundred_racing_transactions_come_out_exact() {
    let world = World::new(1);
    let client = client(&world);
    put(&client, "balance", 0).await.unwrap();
    let racers = (0..500).map(|_| async {
        loop {
            let seen = version(&client, "balance", true).await.unwrap();
            match bump(&client, seen).await {
                Ok(_) => return,
                Err(error) => assert_eq!(reasons(&error)[0].code(), Some("ConditionalCheckFailed")),
            }
        }
    });
    join_all(racers).await;
    assert_eq!(version(&client, "balance", true).await, Some(500), "every racer must have won exactly once");
    assert_eq!(world.items(CREDITS_TABLE).len(), 501, "one entry for each version, and the balance");
}

#[tokio::test(start_paused = true)]
async fn a_failed_condition_returns_the_current_item() {
    let world = World::new(1);
    let client = client(&world);
    put(&client, "balance", 7).await.unwrap();
    let reasons = reasons(&bump(&client, 3).await.unwrap_err());
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes, [Some("ConditionalCheckFailed"), Some("None")]);
    assert_eq!(reasons[0].item().unwrap()["version"], n(7));

    let single = client
        .put_item()
        .table_name(CREDITS_TABLE)
        .set_item(Some(item("balance", 8)))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let error = single.send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed) = error else {
        panic!("expected a failed condition, not {error:?}");
    };
    assert_eq!(failed.item().unwrap()["version"], n(7));
}

#[tokio::test(start_paused = true)]
async fn an_injected_conflict_cancels_and_writes_nothing() {
    let world = World::new(1);
    let client = client(&world);
    put(&client, "balance", 0).await.unwrap();
    let before = world.snapshot();
    world.inject(Faults::every("dynamodb.", Fault::TransactionConflict));
    let reasons = reasons(&bump(&client, 0).await.unwrap_err());
    let codes: Vec<_> = reasons.iter().filter_map(|reason| reason.code()).collect();
    assert!(codes.contains(&"TransactionConflict") && codes.contains(&"None"), "{codes:?}");
    assert_eq!(put(&client, "balance", 9).await, Err(Some("TransactionConflictException".to_owned())));
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn each_fault_is_applied_or_not_as_it_says() {
    let cases = [
        (Fault::Refused, false),
        (Fault::ServerError, false),
        (Fault::Throttled, false),
        (Fault::RequestLost, false),
        (Fault::TransactionConflict, false),
        (Fault::TransactionInProgress, false),
        (Fault::DieBefore, false),
        (Fault::AnswerLost, true),
        (Fault::DieAfter, true),
        (Fault::Delay(Duration::from_secs(1)), true),
    ];
    for (fault, applied) in cases {
        let world = World::new(1);
        let client = client(&world);
        put(&client, "balance", 0).await.unwrap();
        world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        let answered = world.run(bump(&client, 0)).await.map(|answer| answer.is_ok());
        let works = matches!(fault, Fault::Delay(_));
        let dies = matches!(fault, Fault::DieBefore | Fault::DieAfter);
        assert_eq!(answered, if dies { Err(Died) } else { Ok(works) }, "{fault:?}");
        let stored = world.item(CREDITS_TABLE, "a", "balance").unwrap()["version"] == json!(1);
        assert_eq!(stored, applied, "{fault:?} must {} the write", if applied { "apply" } else { "not apply" });
    }
}

#[tokio::test(start_paused = true)]
async fn a_stale_read_does_not_see_the_last_write() {
    let world = World::new(1);
    let client = client(&world);
    for version in 1..=9 {
        put(&client, "balance", version).await.unwrap();
    }
    world.inject(Faults::sometimes("", 1.0, Fault::StaleRead));
    let stale = version(&client, "balance", false).await.unwrap();
    assert!((6..=8).contains(&stale), "one to three writes behind, not {stale}");
    assert_eq!(version(&client, "balance", true).await, Some(9), "a consistent read is never stale");
}

#[tokio::test(start_paused = true)]
async fn a_partial_batch_names_the_rest() {
    let world = World::new(3);
    let client = client(&world);
    for sk in ["x", "y", "z"] {
        put(&client, sk, 1).await.unwrap();
    }
    world.inject(Faults::nth("dynamodb.BatchGetItem", 1, Fault::Partial));
    let keys = KeysAndAttributes::builder().set_keys(Some(["x", "y", "z"].map(key).to_vec())).build().unwrap();
    let answer = client.batch_get_item().request_items(CREDITS_TABLE, keys).send().await.unwrap();
    let (found, rest) = (answer.responses.unwrap(), answer.unprocessed_keys.unwrap());
    let (found, rest) = (found[CREDITS_TABLE].len(), rest[CREDITS_TABLE].keys().len());
    assert!(found >= 1 && rest >= 1 && found + rest == 3, "{found} found and {rest} left");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_valid_for_ten_minutes_of_the_worlds_clock() {
    let world = World::new(1);
    let client = client(&world);
    let token = "6f9d9b0e-0000-4000-8000-000000000001";
    let add = || {
        let update = aws_sdk_dynamodb::types::Update::builder()
            .table_name(CREDITS_TABLE)
            .set_key(Some(key("counter")))
            .update_expression("ADD version :one")
            .expression_attribute_values(":one", n(1));
        let item = TransactWriteItem::builder().update(update.build().unwrap()).build();
        client.transact_write_items().client_request_token(token).transact_items(item).send()
    };
    add().await.unwrap();
    add().await.unwrap();
    assert_eq!(version(&client, "counter", true).await, Some(1), "the same token must apply once");
    world.advance(Duration::from_secs(601));
    add().await.unwrap();
    assert_eq!(version(&client, "counter", true).await, Some(2), "AWS forgets a token after ten minutes");
}

#[tokio::test(start_paused = true)]
async fn the_sparse_index_holds_open_items_only() {
    let world = World::new(1);
    let client = client(&world);
    for (sk, open) in [("g1", true), ("g2", false)] {
        let mut item = key(sk);
        item.insert("next_check".to_owned(), n(1000));
        if open {
            item.insert("open".to_owned(), s("0"));
        }
        client.put_item().table_name(GENERATIONS_TABLE).set_item(Some(item)).send().await.unwrap();
    }
    let query = |consistent| {
        client
            .query()
            .table_name(GENERATIONS_TABLE)
            .index_name("open")
            .key_condition_expression("#open = :shard AND next_check <= :now")
            .expression_attribute_names("#open", "open")
            .expression_attribute_values(":shard", s("0"))
            .expression_attribute_values(":now", n(1000))
            .consistent_read(consistent)
            .send()
    };
    let found = query(false).await.unwrap();
    assert_eq!(found.items().len(), 1);
    assert_eq!(found.items()[0]["sk"], s("g1"));
    assert_eq!(query(true).await.unwrap_err().code(), Some("ValidationException"), "an index is never consistent");
}

#[tokio::test(start_paused = true)]
async fn expired_items_stay_until_they_are_swept() {
    let world = World::new(1);
    let client = client(&world);
    let expires = world.now().as_second().unsigned_abs() + 60;
    let put = client.put_item().table_name(GENERATIONS_TABLE).set_item(Some(key("request#1")));
    put.item("expires_at", n(expires)).send().await.unwrap();
    world.sweep_expired();
    assert_eq!(world.items(GENERATIONS_TABLE).len(), 1);
    world.advance(Duration::from_secs(120));
    assert_eq!(world.items(GENERATIONS_TABLE).len(), 1, "time alone deletes nothing");
    world.sweep_expired();
    assert_eq!(world.items(GENERATIONS_TABLE).len(), 0);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "dynamodb.ListTables is not in testkit's model of DynamoDB")]
async fn an_operation_without_a_model_fails_the_test() {
    let world = World::new(1);
    let _ = client(&world).list_tables().send().await;
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_trace() {
    async fn trace_of(seed: u64) -> (Vec<TracedCall>, String) {
        let world = World::new(seed);
        let client = client(&world);
        put(&client, "balance", 0).await.unwrap();
        world.inject(Faults::all([
            Faults::sometimes("dynamodb.Transact", 0.3, Fault::TransactionConflict),
            Faults::sometimes("", 0.1, Fault::AnswerLost),
            Faults::sometimes("", 0.1, Fault::Throttled),
        ]));
        let racers = (0..40).map(|_| async {
            for _ in 0..5 {
                let get = client.get_item().table_name(CREDITS_TABLE).set_key(Some(key("balance"))).send().await;
                let Ok(found) = get else { continue };
                let seen = found.item.unwrap()["version"].as_n().unwrap().parse().unwrap();
                let _ = bump(&client, seen).await;
            }
        });
        join_all(racers).await;
        (world.trace(), world.snapshot().to_string())
    }
    let first = trace_of(7).await;
    assert_eq!(first, trace_of(7).await);
    assert_ne!(first.0, trace_of(8).await.0, "another seed must give another trace");
}
