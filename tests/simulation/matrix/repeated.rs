//! The crash matrix with an SDK that repeats failed requests, as in production. AWS may have done a
//! request whose answer was lost. Its repetition must not have a second effect.

use super::{Scene, calls_of, operations::Operation, runtime};
use testkit::{Fault, Faults, OutsideCall};
use tests::App;

/// The faults after which the SDK repeats a request, by name.
const WAYS: [(&str, Fault); 3] = [
    ("applied, answer lost", Fault::AnswerLost),
    ("throttled", Fault::Throttled),
    ("fails before", Fault::ServerError),
];

/// Operations with every kind of write: transactions, single updates, whole objects, multipart
/// uploads and messages.
const OPERATIONS: [Operation; 17] = [
    Operation::Upload,
    Operation::GenerateWithInput,
    Operation::Run,
    Operation::Webhook,
    Operation::CollectFewer,
    Operation::CollectLongFilm,
    Operation::CollectCanceledAtAPrice,
    Operation::CancelRunning,
    Operation::MakeThumbnails,
    Operation::DeleteWithUndo,
    Operation::UndoOwingThumbnails,
    Operation::StripeWebhook,
    Operation::Contact,
    Operation::SignUpAtApple,
    Operation::LinkApple,
    Operation::UnlinkApple,
    Operation::DataDeletion,
];

async fn scene(operation: Operation) -> Scene {
    Scene::on(App::repeating(1).await, operation).await
}

async fn cell(operation: Operation, number: u64, call: &str, fault: Fault) {
    let scene = scene(operation).await;
    // The answer with the upload's id was lost, so the upload stays open. The bucket's lifecycle
    // aborts it after a day.
    let is_opened_twice = fault == Fault::AnswerLost && call == "s3.CreateMultipartUpload";
    // A request that makes a version of an object is sent once, because a second version would hide
    // the first. The next attempt writes the object again, and unnamed versions are deleted.
    let is_sent_once = ["s3.PutObject", "s3.CompleteMultipartUpload"].contains(&call);
    scene.app.world().inject(Faults::at(number, fault));
    let done = scene.run().await;
    assert!(done || is_sent_once, "the SDK must repeat the request");
    scene.app.world().inject(Faults::none());
    scene.come_to_rest(done).await;
    scene.check_effects();
    match is_opened_twice {
        true => scene.app.check_invariants_but_open_uploads().none(),
        false => scene.app.check_invariants().none(),
    }
}

#[test]
fn a_request_that_the_sdk_repeats_takes_effect_once() {
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
