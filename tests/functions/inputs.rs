//! Input pictures of generations: which are accepted, which version is used, and what is sent to
//! the provider.

use base64::{Engine, prelude::BASE64_STANDARD};
use generations::{FailureCode, Generation, GenerationStatus};
use image::ImageFormat;
use kernel::limits;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults, MEDIA_BUCKET};
use tests::{
    Answer, App, Person,
    pictures::{corner, photograph, picture, png},
};

const RED: [u8; 3] = [200, 30, 20];
const BLUE: [u8; 3] = [20, 30, 200];

/// The models that take a picture, and their prices.
const MODELS: [(&str, u64); 5] = [
    ("flux-kontext-dev", 8),
    ("wan-2.2-i2v-fast", 20),
    ("kling-2.1", 40),
    ("clarity-upscaler", 8),
    ("flux-kontext-pro", 12),
];

fn with(model: &str, upload: &str) -> Value {
    json!({ "model": model, "prompt": "make it night", "inputs": [upload] })
}

async fn asked(person: &Person, model: &str, upload: &str) -> String {
    let answer = person.generate(&with(model, upload)).await.expect(202).json();
    answer["id"].as_str().unwrap().to_owned()
}

fn near(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.abs_diff(other) <= 6)
}

/// The file of the first output of a generation.
fn output(app: &App, id: &str) -> Vec<u8> {
    let generation = app.generation(id);
    assert_eq!(generation.status, GenerationStatus::Succeeded, "{:?}", generation.failure);
    let output = &generation.outputs[0];
    let objects = app.world().objects(MEDIA_BUCKET).into_iter();
    objects.clone().find(|object| object.version == output.version_id).unwrap().bytes.unwrap().to_vec()
}

fn failed_and_released(app: &App, person: &Person, id: &str) -> FailureCode {
    let Generation { status, failure, price, .. } = app.generation(id);
    let failure = failure.unwrap();
    assert_eq!((status, failure.released), (GenerationStatus::Failed, price));
    assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50, "all credits must be released");
    app.check_invariants().none();
    failure.code
}

#[tokio::test(start_paused = true)]
async fn every_model_with_inputs_uses_the_picture() {
    for (model, price) in MODELS {
        let app = App::new(1).await;
        let alice = app.sign_in("alice").await;
        let upload = alice.upload("image/png", &png(RED)).await;
        let (answer, counts) = app.world().counted(alice.generate(&with(model, &upload))).await;
        let answer = answer.expect(202).json();
        assert_eq!(counts.aws_total(), 4, "{model}: one request must read the version: {counts}");
        assert_eq!((&answer["inputs"], &answer["cost"]), (&json!([upload]), &json!(price)), "{model}");
        let (_, counts) = app.world().counted(app.work_on("generation")).await;
        assert_eq!(
            (counts.aws_total(), counts.of("s3.GetObject")),
            (4, 1),
            "{model}: the claim, the state, the spend and the picture: {counts}"
        );
        app.settle().await;
        let file = output(&app, answer["id"].as_str().unwrap());
        if !["wan-2.2-i2v-fast", "kling-2.1"].contains(&model) {
            assert!(near(corner(&file), RED), "{model}: the picture was not used: {:?}", corner(&file));
        }
        let shown = app.generation(answer["id"].as_str().unwrap()).outputs[0].clone();
        assert_eq!(shown.width, 2 * shown.height, "{model}: the aspect ratio must be that of the input");
        let counts = [app.replicate().counts(), app.bfl().counts()];
        let seen = counts.iter().fold((0, 0), |(all, talk), it| (all + it.pictures, talk + it.talking_pictures));
        assert_eq!(seen, (1, 0), "{model}: pictures received, and those with metadata");
        app.check_invariants().none();
    }
}

/// Pictures that contain a place or hidden content, by name.
fn talking() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let canary = "canary-of-a-place";
    let whole = picture(ImageFormat::Png, 64, 32, RED);
    let jpeg = picture(ImageFormat::Jpeg, 64, 32, RED);
    let zip = b"PK\x03\x04\x14\0\0\0canary-of-a-place PK\x05\x06";
    let page = b"<script>canary-of-a-place</script>";
    vec![
        ("a photograph with a place", "image/jpeg", photograph(64, 32, RED, canary)),
        ("a PNG with an archive behind it", "image/png", [whole.as_slice(), zip].concat()),
        ("a PNG with a page behind it", "image/png", [whole.as_slice(), page].concat()),
        ("a JPEG with a page behind it", "image/jpeg", [jpeg.as_slice(), page].concat()),
        ("a JPEG that is called a PNG", "image/png", photograph(64, 32, RED, canary)),
        ("a WebP", "image/webp", picture(ImageFormat::WebP, 64, 32, RED)),
    ]
}

#[tokio::test(start_paused = true)]
async fn only_pixels_are_sent_to_a_provider() {
    for model in ["flux-kontext-dev", "flux-kontext-pro"] {
        for (what, content_type, file) in talking() {
            let app = App::new(1).await;
            let alice = app.sign_in("alice").await;
            let upload = alice.upload(content_type, &file).await;
            let id = asked(&alice, model, &upload).await;
            app.settle().await;
            assert!(near(corner(&output(&app, &id)), RED), "{model}: {what}");
            for counts in [app.replicate().counts(), app.bfl().counts()] {
                assert_eq!(counts.talking_pictures, 0, "{model}: {what}");
            }
            app.check_invariants().none();
        }
    }
}

/// A PNG whose header announces this size, with eight bits for each of three colours. It has the pixels of a small one.
fn announcing(width: u32, height: u32) -> Vec<u8> {
    let mut file = png(RED);
    file[16..24].copy_from_slice(&[width.to_be_bytes(), height.to_be_bytes()].concat());
    let mut crc = 0xffff_ffff_u32;
    for byte in &file[12..29] {
        crc ^= u32::from(*byte);
        (0..8).for_each(|_| crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 });
    }
    file[29..33].copy_from_slice(&(!crc).to_be_bytes());
    file
}

/// Files that are not usable pictures, whatever their type says; the reason, and a part of the sentence for the person.
fn unusable() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let whole = png(RED);
    let jpeg = picture(ImageFormat::Jpeg, 640, 320, RED);
    let half = jpeg[..jpeg.len() / 2].to_vec();
    let (ends_early, no_picture) =
        ("ends early, so a part of the picture is missing", "not a PNG, JPEG or WebP picture");
    vec![
        (
            "a bomb",
            announcing(60_000, 60_000),
            "side_too_long",
            "60,000 × 60,000 pixels. Each side may have at most 16,384.",
        ),
        ("many pixels", announcing(6_000, 6_000), "too_many_pixels", "36 million pixels (6,000 × 6,000)"),
        ("an SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), "wrong_type", no_picture),
        ("a page", b"<!doctype html><title>x</title>".to_vec(), "wrong_type", no_picture),
        ("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "wrong_type", no_picture),
        ("a byte", vec![0], "wrong_type", no_picture),
        ("half a PNG", whole[..whole.len() / 2].to_vec(), "incomplete", ends_early),
        ("half a JPEG", half.clone(), "incomplete", ends_early),
        ("half a JPEG with an end mark", [half.as_slice(), &[0xff, 0xd9]].concat(), "incomplete", ends_early),
        ("a JPEG without its last tenth", jpeg[..jpeg.len() * 9 / 10].to_vec(), "incomplete", ends_early),
        ("a JPEG without a picture", vec![0xff, 0xd8, 0xff, 0xd9], "broken", "is damaged"),
    ]
}

#[tokio::test(start_paused = true)]
async fn an_unusable_input_ends_the_generation_with_its_reason_and_costs_nothing() {
    for (what, file, reason, words) in unusable() {
        let app = App::new(1).await;
        let alice = app.sign_in("alice").await;
        let upload = alice.upload("image/png", &file).await;
        let id = asked(&alice, "flux-kontext-dev", &upload).await;
        app.settle().await;
        assert_eq!(failed_and_released(&app, &alice, &id), FailureCode::InputUnusable, "{what}");
        assert_eq!(app.replicate().counts().submits, 0, "{what} must not be sent to the provider");
        let shown = alice.get(&format!("/v1/generations/{id}")).await.expect(200).json();
        let failure = &shown["failure"];
        assert_eq!((&failure["code"], &failure["reason"]), (&json!("input_unusable"), &json!(reason)), "{what}");
        assert!(failure["detail"].as_str().unwrap().contains(words), "{what}: {failure}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_version_of_an_upload_is_not_used() {
    let app = App::new(1).await;
    let alice = app.sign_in("alice").await;
    let file = png(RED);
    let open = alice.open_upload("image/png", file.len().max(png(BLUE).len())).await.expect(201).json();
    assert_eq!(alice.post(&open, &file), 204);
    let upload = open["id"].as_str().unwrap();
    let id = asked(&alice, "flux-kontext-dev", upload).await;
    assert_eq!(alice.post(&open, &png(BLUE)), 204, "the form must be valid for five minutes");
    app.settle().await;
    assert!(near(corner(&output(&app, &id)), RED));
    let id = asked(&alice, "flux-kontext-dev", upload).await;
    app.settle().await;
    assert!(near(corner(&output(&app, &id)), BLUE), "the next generation must use the new version");
}

async fn refused(app: &App, what: &str, person: &Person, body: &Value, status: u16, code: &str) -> Answer {
    let before = app.world().snapshot();
    let answer = person.generate(body).await;
    assert_eq!(answer.outcome(), (status, code.to_owned()), "{what}");
    app.world().assert_unchanged(&before);
    answer
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_the_person_does_not_have_is_refused() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    let upload = alice.upload("image/png", &png(RED)).await;
    let unsent = alice.open_upload("image/png", 9).await.expect(201).json()["id"].as_str().unwrap().to_owned();
    let model = "flux-kontext-dev";
    refused(&app, "another's", &mallory, &with(model, &upload), 404, "not_found").await;
    refused(&app, "not sent yet", &alice, &with(model, &unsent), 409, "not_uploaded").await;
    for unknown in ["01929e6b-6c00-7000-8000-0123456789ac", "x", "", "../etc", "upload#0"] {
        refused(&app, "unknown", &alice, &with(model, unknown), 404, "not_found").await;
    }
    let cases = [
        ("none", json!({ "model": model, "prompt": "x" })),
        ("an empty list", json!({ "model": model, "prompt": "x", "inputs": [] })),
        ("two", json!({ "model": model, "prompt": "x", "inputs": [upload, unsent] })),
        ("one twice", json!({ "model": model, "prompt": "x", "inputs": [upload, upload] })),
        ("one for a model that takes none", with("flux-schnell", &upload)),
        ("a text", json!({ "model": model, "prompt": "x", "inputs": upload })),
        ("a number", json!({ "model": model, "prompt": "x", "inputs": [7] })),
    ];
    for (what, body) in cases {
        refused(&app, what, &alice, &body, 422, "invalid").await;
    }
    app.world().advance(limits::UPLOAD_LIFETIME);
    refused(&app, "a day old", &app.sign_in("alice").await, &with(model, &upload), 404, "not_found").await;
}

#[tokio::test(start_paused = true)]
async fn a_repetition_answers_the_same_after_its_upload_is_gone() {
    let app = App::new(1).await;
    let alice = app.sign_in("alice").await;
    let upload = alice.upload("image/png", &png(RED)).await;
    let event = alice.keyed_event("the-key", &with("flux-kontext-dev", &upload));
    let first = app.send(event.clone()).await.expect(202).json();
    app.settle().await;
    app.world().advance(limits::UPLOAD_OPEN);
    for _ in 0..10 {
        alice.open_upload("image/png", 9).await.expect(201);
    }
    let again = app.send(event).await.expect(202).json();
    assert_eq!((&again["id"], &again["inputs"]), (&first["id"], &json!([upload])));
    let other = alice.keyed_event("the-key", &json!({ "model": "flux-kontext-dev", "prompt": "make it night" }));
    assert_eq!(app.send(other).await.outcome(), (422, "idempotency_key_reused".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_upload_keeps_its_slot_until_the_provider_has_it() {
    let app = App::new(1).await;
    let alice = app.sign_in("alice").await;
    let upload = alice.upload("image/png", &png(RED)).await;
    for _ in 1..10 {
        app.world().advance(Duration::from_millis(1));
        alice.upload("image/png", &png(BLUE)).await;
    }
    let id = asked(&alice, "flux-kontext-dev", &upload).await;
    app.world().advance(limits::UPLOAD_OPEN);
    // Nine uploads may be replaced. The tenth must stay, although it is the oldest.
    for _ in 0..9 {
        alice.open_upload("image/png", 9).await.expect(201);
    }
    let answer = alice.open_upload("image/png", 9).await;
    assert_eq!(answer.outcome(), (429, "too_many_uploads".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("300"));
    app.work_on("generation").await;
    let (answer, counts) = app.world().counted(alice.open_upload("image/png", 9)).await;
    answer.expect(201);
    assert_eq!(counts.of("dynamodb.BatchGetItem"), 2, "the generation must be read too: {counts}");
    app.settle().await;
    assert!(near(corner(&output(&app, &id)), RED));
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn while_s3_does_not_answer_a_generation_waits() {
    for fault in [Fault::ServerError, Fault::AnswerLost, Fault::BodyCut, Fault::Throttled] {
        let app = App::new(1).await;
        let alice = app.sign_in("alice").await;
        let upload = alice.upload("image/png", &png(RED)).await;
        let id = asked(&alice, "flux-kontext-dev", &upload).await;
        app.world().inject(Faults::nth("s3.GetObject", 1, fault));
        app.work_on("generation").await;
        assert_eq!(app.generation(&id).status, GenerationStatus::Queued, "{fault:?}");
        assert_eq!(app.replicate().counts().submits, 0, "{fault:?}");
        app.rest().await;
        assert!(near(corner(&output(&app, &id)), RED), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_is_gone_ends_the_generation() {
    let app = App::new(1).await;
    let alice = app.sign_in("alice").await;
    let upload = alice.upload("image/png", &png(RED)).await;
    let id = asked(&alice, "flux-kontext-dev", &upload).await;
    let input = app.generation(&id).inputs[0].clone();
    let s3 = app.world().clients().s3();
    let delete = s3.delete_object().bucket(MEDIA_BUCKET).key(&input.key).version_id(&input.version_id);
    delete.send().await.unwrap();
    app.settle().await;
    assert_eq!(failed_and_released(&app, &alice, &id), FailureCode::InputUnusable);
    let shown = alice.get(&format!("/v1/generations/{id}")).await.expect(200).json();
    assert_eq!(shown["failure"]["reason"], "gone");
}

#[tokio::test(start_paused = true)]
async fn a_model_without_uploads_takes_the_base_as_its_input() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    let upload = alice.upload("image/png", &png(RED)).await;
    let base = asked(&alice, "flux-kontext-dev", &upload).await;
    let body = json!({ "model": "clarity-upscaler", "prompt": "sharper", "based_on": base });
    refused(&app, "not made yet", &alice, &body, 422, "invalid").await;
    app.settle().await;
    refused(&app, "another's", &mallory, &body, 404, "not_found").await;
    let (answer, counts) = app.world().counted(alice.generate(&body)).await;
    assert_eq!(counts.aws_total(), 3, "the base's version must be known without a request: {counts}");
    let answer = answer.expect(202).json();
    assert_eq!((&answer["inputs"], &answer["based_on"]), (&json!([]), &json!(base)));
    app.settle().await;
    let larger = answer["id"].as_str().unwrap();
    let (framed, ..) = (output(&app, larger), ());
    // The fake frames its output in the average colour of its input, which includes the RED frame.
    assert_ne!(corner(&framed), corner(&output(&app, &base)));
    assert_eq!(app.generation(larger).inputs[0].version_id, app.generation(&base).outputs[0].version_id);
    // A film is no picture.
    let film = asked(&alice, "wan-2.2-i2v-fast", &upload).await;
    app.settle().await;
    let body = json!({ "model": "clarity-upscaler", "prompt": "sharper", "based_on": film });
    refused(&app, "a film", &alice, &body, 422, "invalid").await;
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_large_picture_is_made_smaller_and_not_refused() {
    let app = App::new(1).await;
    let alice = app.sign_in("alice").await;
    let mut noise = vec![0; 2_400 * 1_800 * 3];
    testkit::Random::new(1).fill(&mut noise);
    let noise = image::RgbImage::from_raw(2_400, 1_800, noise).unwrap();
    let mut file = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(noise).write_to(&mut file, ImageFormat::Png).unwrap();
    let file = file.into_inner();
    assert!(BASE64_STANDARD.encode(&file).len() > 10_000_000, "more than the client sends inline");
    let upload = alice.upload("image/png", &file).await;
    let id = asked(&alice, "flux-kontext-dev", &upload).await;
    app.settle().await;
    output(&app, &id);
}
