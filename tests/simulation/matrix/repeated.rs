//! The same with an SDK that repeats what failed, as it does in production: what AWS did and
//! did not answer is asked for a second time, and must not be done a second time.

use super::{Operation, Scene, calls_of, runtime};
use testkit::{Fault, Faults, OutsideCall};
use tests::App;

/// What the SDK repeats, by name.
const WAYS: [(&str, Fault); 3] = [
    ("applied, answer lost", Fault::AnswerLost),
    ("throttled", Fault::Throttled),
    ("fails before", Fault::ServerError),
];

/// Each kind of write that is made: transactions, single steps, objects whole and in parts,
/// messages.
const OPERATIONS: [Operation; 10] = [
    Operation::Upload,
    Operation::GenerateWithInput,
    Operation::Run,
    Operation::Webhook,
    Operation::CollectFewer,
    Operation::CollectLongFilm,
    Operation::CollectWhatWasCalledOffAtAPrice,
    Operation::CancelRunning,
    Operation::MakeThumbnails,
    Operation::StripeWebhook,
];

async fn scene(operation: Operation) -> Scene {
    Scene::on(App::repeating(1).await, operation).await
}

async fn cell(operation: Operation, number: u64, call: &str, fault: Fault) {
    let scene = scene(operation).await;
    // The upload whose name was answered to nobody stays open, and the bucket's lifecycle aborts
    // it after a day.
    let is_opened_twice = fault == Fault::AnswerLost && call == "s3.CreateMultipartUpload";
    // What makes a version is sent once, because a second one would hide the first: another round
    // writes anew, and what is then not named is cleared away.
    let is_sent_once = ["s3.PutObject", "s3.CompleteMultipartUpload"].contains(&call);
    scene.app.world().inject(Faults::at(number, fault));
    let done = scene.handed_over().await;
    assert!(done || is_sent_once, "the SDK must have repeated it");
    scene.app.world().inject(Faults::none());
    scene.comes_to_rest(done).await;
    scene.is_done_once();
    match is_opened_twice {
        true => scene.app.check_invariants_but_open_uploads().none(),
        false => scene.app.check_invariants().none(),
    }
}

#[test]
fn what_the_sdk_repeats_is_done_once() {
    let mut cells = 0;
    for operation in OPERATIONS {
        let calls = runtime().block_on(async { calls_of(scene(operation).await).await });
        let to_aws = (1..).zip(&calls).filter(|(_, call)| !call.name.starts_with("http."));
        for (number, OutsideCall { name, .. }) in to_aws {
            for (way, fault) in WAYS {
                let held = std::panic::catch_unwind(|| runtime().block_on(cell(operation, number, name, fault)));
                assert!(held.is_ok(), "{operation:?}, call {number} ({name}), {way}: see the message above");
                cells += 1;
            }
        }
    }
    println!("{cells} cells held with an SDK that repeats");
}
