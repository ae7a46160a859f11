//! Queues, secrets, partners and processes.

use crate::{
    calls::{
        faults::{Fault, Faults},
        process::Died,
    },
    dynamodb::{tables::CREDITS_TABLE, tests::client},
    names::SECRETS_PATH,
    partners::partner::REPLICATE_API,
    world::World,
};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use bytes::Bytes;
use net::RequestFailure;
use serde_json::json;
use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

fn post(uri: &str) -> net::Request {
    http::Request::post(uri).body(Bytes::from_static(b"{}")).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_message_arrives_and_after_three_failures_is_a_dead_letter() {
    let world = World::new(1);
    let sqs = world.clients().sqs();
    let send = sqs.send_message().queue_url(world.queue_url("media")).message_body(r#"{"account":"a"}"#);
    send.send().await.unwrap();
    for receive in 1..=3 {
        let taken = world.take_messages("media");
        assert_eq!(taken.len(), 1, "receive {receive}");
        let event = taken[0].event();
        assert_eq!(event["Records"][0]["attributes"]["ApproximateReceiveCount"], receive.to_string());
        assert_eq!(taken[0].json(), json!({ "account": "a" }));
        world.return_message(taken[0].clone());
    }
    assert!(world.messages("media").is_empty());
    assert_eq!(world.messages("media-dead").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_delayed_message_waits() {
    let world = World::new(1);
    let sqs = world.clients().sqs();
    let send = |seconds: i32| {
        sqs.send_message().queue_url(world.queue_url("picture")).message_body("{}").delay_seconds(seconds).send()
    };
    send(30).await.unwrap();
    assert!(send(901).await.is_err());
    world.advance(Duration::from_secs(29));
    assert_eq!((world.take_messages("picture").len(), world.messages("picture").len()), (0, 1));
    world.advance(Duration::from_secs(1));
    assert_eq!((world.take_messages("picture").len(), world.messages("picture").len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_batch_may_fail_in_part_and_a_message_may_come_twice() {
    let world = World::new(1);
    let sqs = world.clients().sqs();
    let entry = |id: &str| SendMessageBatchRequestEntry::builder().id(id).message_body("{}").build().unwrap();
    let batch = || {
        let batch = sqs.send_message_batch().queue_url(world.queue_url("generation"));
        batch.entries(entry("1")).entries(entry("2")).send()
    };
    world.inject(Faults::at(1, Fault::Partial).or(Faults::at(2, Fault::Duplicate)));
    let partial = batch().await.unwrap();
    assert_eq!((partial.successful().len(), partial.failed().len()), (1, 1));
    assert_eq!(world.take_messages("generation").len(), 1);
    assert_eq!(batch().await.unwrap().failed().len(), 0);
    assert_eq!(world.take_messages("generation").len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_exist_is_named() {
    let world = World::new(1);
    let sqs = world.clients().sqs();
    let sent = sqs.send_message().queue_url(world.queue_url("nowhere")).message_body("{}").send().await;
    assert!(sent.unwrap_err().into_service_error().is_queue_does_not_exist());
}

#[tokio::test(start_paused = true)]
async fn a_function_reads_the_secrets_of_the_world() {
    let world = World::new(1);
    world.put_secret("google-client-secret", "hidden");
    let ssm = world.clients().ssm();
    let secrets = aws::Secrets::read(&ssm, SECRETS_PATH, &["google-client-secret"]).await.unwrap();
    assert_eq!(secrets.get("google-client-secret").unwrap().current(), "hidden");
    assert!(aws::Secrets::read(&ssm, SECRETS_PATH, &["another"]).await.is_err());
    let sealed = ssm.get_parameters().names(format!("{SECRETS_PATH}/google-client-secret")).send().await.unwrap();
    assert_ne!(sealed.parameters()[0].value(), Some("hidden"), "without decryption SSM gives ciphertext");
}

#[tokio::test(start_paused = true)]
async fn each_fault_decides_whether_a_partner_acts() {
    type Case = (Fault, u32, fn(&Result<http::Response<Bytes>, RequestFailure>) -> bool);
    let cases: [Case; 6] = [
        (Fault::Refused, 0, |answer| matches!(answer, Err(RequestFailure::NotSent(_)))),
        (Fault::RequestLost, 0, |answer| matches!(answer, Err(RequestFailure::AnswerLost(_)))),
        (Fault::AnswerLost, 1, |answer| matches!(answer, Err(RequestFailure::AnswerLost(_)))),
        (Fault::BodyCut, 1, |answer| matches!(answer, Err(RequestFailure::AnswerLost(_)))),
        (Fault::Throttled, 0, |answer| answer.as_ref().is_ok_and(|answer| answer.status() == 429)),
        (Fault::ServerError, 0, |answer| answer.as_ref().is_ok_and(|answer| answer.status() == 500)),
    ];
    for (fault, acted, seen) in cases {
        let world = World::new(1);
        let actions = Arc::new(AtomicU32::new(0));
        let counted = actions.clone();
        world.register("api.partner.test", move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            http::Response::new(Bytes::from_static(b"done"))
        });
        world.inject(Faults::at(1, fault));
        let answer = world.net().fetch(post("https://api.partner.test/v1/jobs"), 100).await;
        assert!(seen(&answer), "{fault:?} was seen as {answer:?}");
        assert_eq!(actions.load(Ordering::Relaxed), acted, "{fault:?}");
        assert_eq!(world.count().of("http.POST api.partner.test/v1/jobs"), 1);
    }
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "no partner answers for this host")]
async fn a_host_without_a_partner_fails_the_test() {
    let _ = World::new(1).net().stream(post("https://elsewhere.test/")).await;
}

#[tokio::test(start_paused = true)]
async fn replicate_answers_by_the_worlds_clock() {
    let world = World::new(1);
    let replicate = world.replicate();
    let token = world.secret("replicate-api-token");
    let list = async |token: &str| {
        let request = http::Request::get(format!("{REPLICATE_API}/predictions"));
        let request = request.header("authorization", format!("Bearer {token}"));
        world.net().fetch(request.body(Bytes::new()).unwrap(), 10_000).await
    };
    assert_eq!(list(&token).await.unwrap().status(), 200);
    assert_eq!(list("wrong").await.unwrap().status(), 401);
    assert!(replicate.take_webhooks(world.now()).is_empty());
    assert_eq!(world.count().of("http.GET api.replicate.test/v1/predictions"), 2);
}

#[test]
#[should_panic(expected = "there is no queue nowhere")]
fn a_swallowed_violation_fails_the_test_in_the_end() {
    let world = World::new(1);
    let swallowed = std::panic::catch_unwind(AssertUnwindSafe(|| world.take_messages("nowhere")));
    assert!(swallowed.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_dead_process_does_nothing_more() {
    let world = World::new(1);
    let client = client(&world);
    let put = |sk: &str| {
        let put = client.put_item().table_name(CREDITS_TABLE).item("pk", AttributeValue::S("a".to_owned()));
        put.item("sk", AttributeValue::S(sk.to_owned())).send()
    };
    world.inject(Faults::at(2, Fault::DieAfter));
    let died = world
        .run(async {
            put("1").await.unwrap();
            // The second call dies. The other work of the same process must stop too.
            let _ = futures_util::future::join(put("2"), async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                put("3").await
            })
            .await;
        })
        .await;
    assert_eq!(died, Err(Died));
    let stored: Vec<_> = world.items(CREDITS_TABLE).into_iter().map(|item| item["sk"].clone()).collect();
    assert_eq!(stored, ["1", "2"]);
    world.run(put("4")).await.unwrap().unwrap();
    assert_eq!(world.items(CREDITS_TABLE).len(), 3, "another process still runs");
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "cannot happen to sqs.SendMessage")]
async fn a_fault_that_cannot_happen_fails_the_test() {
    let world = World::new(1);
    world.inject(Faults::at(1, Fault::StaleRead));
    let send = world.clients().sqs().send_message().queue_url(world.queue_url("media")).message_body("{}");
    let _ = send.send().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "nothing may have been written")]
async fn a_forbidden_write_is_named() {
    let world = World::new(1);
    let before = world.snapshot();
    let send = world.clients().sqs().send_message().queue_url(world.queue_url("media")).message_body("{}");
    send.send().await.unwrap();
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn aws_and_partners_are_counted_apart() {
    let world = World::new(1);
    world.register("api.partner.test", |_| http::Response::new(Bytes::new()));
    let work = async {
        let send = world.clients().sqs().send_message().queue_url(world.queue_url("media")).message_body("{}");
        send.send().await.unwrap();
        world.net().stream(post("https://api.partner.test/x")).await.unwrap();
    };
    let ((), counts) = world.counted(work).await;
    assert_eq!((counts.aws_total(), counts.vendors_total()), (1, 1), "{counts}");
}

#[tokio::test(start_paused = true)]
async fn warming_a_connection_is_one_request() {
    let world = World::new(1);
    let clients = world.clients();
    let ((), counts) = world.counted(clients.dynamodb().warm()).await;
    assert_eq!(counts.of("dynamodb.Ping"), 1, "{counts}");
}

#[tokio::test(start_paused = true)]
async fn a_function_starts_with_the_variables_of_the_template() {
    let world = World::new(1);
    let init = world.init("generate");
    assert_eq!(init.var("CREDITS_TABLE").unwrap(), CREDITS_TABLE);
    assert!(init.var("ARCHIVE_TABLE").is_err(), "a variable that the template does not give must be missing");
    assert!(init.verifier().is_ok(), "the public key must fit");
    assert!(init.table("CREDITS_TABLE").is_ok());
    let secrets = world.init("login").secrets(&["sign-in-sealing-key"]).await.unwrap();
    assert_eq!(secrets.get("sign-in-sealing-key").unwrap().current(), world.secret("sign-in-sealing-key"));
    assert!(world.ctx("collect-media").time_left() > world.ctx("generate").time_left());
}

#[test]
fn every_function_of_the_template_can_start() {
    let world = World::new(1);
    for package in functions() {
        let _ = world.init(&package);
    }
}

/// The packages of functions: the folders in `functions/<area>/`.
fn functions() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
    let folders = |path: &std::path::Path| -> Vec<_> {
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
    };
    let packages = folders(&root).iter().flat_map(|area| folders(area)).collect::<Vec<_>>();
    packages.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}
