//! The token that Apple gave us: before the erasure, Apple is asked to revoke it.

use super::code;
use crate::notices::people::{APPLE, at_apple, store};
use aws::transact;
use kernel::limits::DELETION_GRACE;
use local::fakes::apple::AnswerMode;
use serde_json::{Value, json};
use session::Seal;
use std::time::Duration;
use testkit::{DELETION_RECEIPTS_TABLE, Fault, Faults};
use tests::{App, Person};

/// The token as Apple gives it.
const TOKEN: &str = "r00000000000000000000000000000000.0.abcde.0123456789abcdefghijkl";

/// A person with an identity at Apple, whose token is sealed as the sign-in seals it.
async fn with_token(app: &App) -> Person {
    let person = app.sign_in("alice").await;
    let seal = Seal::from_keys([app.world().secret("partner-token-key").as_str()]).unwrap();
    let purpose = accounts::keys::reverse("apple", APPLE);
    let sealed = seal.seal(&purpose, TOKEN.as_bytes(), &app.world().ids()).unwrap();
    let identity = accounts::Person { sealed_token: Some(sealed), ..at_apple(APPLE) };
    let (accounts, now) = (store(app), app.world().now());
    let decide = async || accounts.decide_link(person.account(), person.session(), &identity, now).await;
    transact(accounts.db(), &app.world().ids(), decide).await.unwrap();
    app.world().advance(Duration::from_secs(5));
    person
}

/// The outcome for Apple in the receipt.
fn of_apple(receipt: &Value) -> Option<&str> {
    let partners = receipt["partners"].as_array().unwrap();
    partners.iter().find(|partner| partner["name"] == "Apple")?["outcome"].as_str()
}

#[tokio::test(start_paused = true)]
async fn apple_is_asked_once_and_the_receipt_claims_no_more() {
    let app = App::new(1).await;
    let person = with_token(&app).await;
    let deletion = person.delete_account().await.expect(202).json();
    assert_eq!(app.apple().counts().revocations, 0, "the person may still cancel");
    let done = app.purge(code(&deletion)).await;
    assert_eq!(app.apple().counts().revocations, 1);
    let said = of_apple(&done["receipt"]).unwrap();
    assert!(said.contains("we asked it to revoke") && said.contains("does not say whether"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_apple_does_not_stop_the_erasure_and_the_receipt_says_so() {
    for answers in [AnswerMode::ServerError, AnswerMode::Lost] {
        let app = App::new(1).await;
        let person = with_token(&app).await;
        let deletion = person.delete_account().await.expect(202).json();
        app.apple().knobs(|knobs| knobs.answers = answers);
        let done = app.purge(code(&deletion)).await;
        assert_eq!(done["status"], "erased", "{answers:?}");
        assert!(of_apple(&done["receipt"]).unwrap().contains("could not be asked"), "{answers:?}: {done}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_apple_that_answers_late_is_asked_again() {
    let app = App::new(1).await;
    let person = with_token(&app).await;
    let deletion = person.delete_account().await.expect(202).json();
    app.world().advance(DELETION_GRACE);
    assert!(app.tick("schedule-purges").await);
    app.world().inject(Faults::nth("http.POST", 1, Fault::RequestLost));
    app.work_on("purge").await;
    app.world().inject(Faults::none());
    assert_eq!(app.apple().counts().revocations, 1);
    let stored = app.world().item(DELETION_RECEIPTS_TABLE, code(&deletion), "deletion").unwrap();
    assert_eq!(stored["revocations"], json!({ "requested": 1, "failed": 0 }));
}

#[tokio::test(start_paused = true)]
async fn a_purge_that_dies_around_the_request_asks_at_least_once() {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost] {
        for call in 1.. {
            let app = App::new(call).await;
            let person = with_token(&app).await;
            let deletion = person.delete_account().await.expect(202).json();
            app.world().advance(DELETION_GRACE);
            assert!(app.tick("schedule-purges").await);
            let message = app.world().take_messages("purge").pop().expect("the schedule queued the purge");
            app.world().inject(Faults::at(call, fault));
            let done = app.hand_over("purge-account", &message).await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            if !done {
                app.world().return_message(message);
            }
            app.until(code(&deletion), "settling").await;
            assert!(app.apple().counts().revocations >= 1, "{fault:?} at call {call}");
            let stored = app.world().item(DELETION_RECEIPTS_TABLE, code(&deletion), "deletion").unwrap();
            assert_eq!(stored["revocations"]["requested"], 1, "{fault:?} at call {call}");
            if !hit {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_without_a_token_asks_nobody() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let deletion = person.delete_account().await.expect(202).json();
    let done = app.purge(code(&deletion)).await;
    assert_eq!((app.apple().counts().revocations, of_apple(&done["receipt"])), (0, None));
}
