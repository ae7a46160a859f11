//! The forms of uploads, and jobs with uploaded pictures.

use crate::{
    journey::{download, finished},
    person::{Person, client, id, send, unique},
    stack::together,
    tables::root,
    upload_form::{made_of, open, post, uploads},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::header::ORIGIN;
use serde_json::{Value, json};
use std::time::Duration;
use tests::pictures::{corner, png};

#[test]
fn a_form_accepts_only_the_file_that_it_was_made_for() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        let sound = open(&person, "image/png", 100).await.unwrap();
        let policy = BASE64_STANDARD.decode(sound["fields"]["policy"].as_str().unwrap()).unwrap();
        let mut wider: Value = serde_json::from_slice(&policy).unwrap();
        wider["conditions"][1][2] = json!(1_000_000);
        let wider = BASE64_STANDARD.encode(wider.to_string());
        for (what, name, value) in [
            ("another key", "key", "uploads/somebody/else"),
            ("another type", "Content-Type", "text/html"),
            ("a changed policy", "policy", wider.as_str()),
            ("a changed signature", "x-amz-signature", &"0".repeat(64)),
        ] {
            let mut form = sound.clone();
            form["fields"][name] = json!(value);
            assert_eq!(post(&form, stack.base(), &[7; 100]).await.status, 403, "{what}");
        }
        assert_eq!(post(&sound, stack.base(), &[7; 101]).await.status, 400, "one byte too long");
        assert_eq!(post(&sound, stack.base(), &[7; 100]).await.status, 204);
        let (clients, bucket) = (root(&stack.platform), &stack.platform.resource("Media").unwrap().id);
        let prefix = format!("uploads/{}/", person.account);
        let there = clients.s3().list_object_versions().bucket(bucket).prefix(&prefix).send().await.unwrap();
        let there: Vec<_> = there.versions().iter().map(|version| version.key().unwrap_or_default()).collect();
        assert_eq!(there, [format!("{prefix}{}", id(&sound))]);
    });
}

/// The test makes an expired form with the signing key, because the clock of the signatures does not
/// move with the clock of the service.
#[test]
fn a_form_that_has_expired_is_refused() {
    together(async |stack| {
        let bucket = &stack.platform.resource("Media").unwrap().id;
        let media = media::MediaStore::new(&root(&stack.platform), bucket.as_str());
        let person = Person::new(stack.base()).await;
        let upload = media::UploadFile {
            account: person.account.parse().unwrap(),
            id: "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap(),
        };
        let signed = local::fakes::FakeClock::system().now();
        for (minutes_ago, status) in [(6, 403), (4, 204)] {
            let at = signed - jiff::SignedDuration::from_mins(minutes_ago);
            let form = media.presign_post(upload, "image/png", 9, Duration::from_secs(300), at).unwrap();
            let form = json!({ "url": form.url, "fields": form.fields });
            assert_eq!(post(&form, stack.base(), b"nine byte").await.status, status, "{minutes_ago} minutes old");
        }
    });
}

#[test]
fn every_provider_makes_a_picture_from_an_upload() {
    together(async |stack| {
        for model in ["flux-kontext-dev", "flux-kontext-pro"] {
            let person = Person::new(stack.base()).await;
            let upload = uploads(&person, "image/png", &png([200, 30, 20])).await.unwrap();
            let accepted = person.generate(&format!("key-{}", unique()), &made_of(model, &upload)).await.ok(202);
            let generation = finished(&person, &id(&accepted)).await.unwrap();
            assert_eq!(generation["status"], "succeeded", "{generation}");
            let file = download(&generation).await.unwrap();
            let [red, green, blue] = corner(&file.body);
            assert!(red > 190 && green < 45 && blue < 35, "{model}: the fake frames it in the input's colour");
        }
    });
}

/// The memory of `run-generation` in KiB. The peak must leave a tenth of it free.
#[cfg(target_os = "linux")]
const MEMORY_KIB: u64 = 512 * 1024;

/// The pictures that take the most memory: 33 million pixels without transparency and 25 million with,
/// turned, and so large that they must be encoded several times to fit a job.
#[cfg(target_os = "linux")]
#[test]
fn the_largest_picture_fits_into_the_memory_that_its_worker_has() {
    use crate::stack::alone;
    use image::{DynamicImage, ExtendedColorType, ImageEncoder, RgbImage, RgbaImage, codecs};

    let noise = |bytes: usize| {
        let mut noise = vec![0; bytes];
        testkit::Random::new(1).fill(&mut noise);
        // Half of it, so that the files stay below the limit for uploads.
        noise.iter().map(|byte| byte & 0x1f).collect::<Vec<u8>>()
    };
    let mut jpeg = Vec::new();
    let mut opaque = RgbImage::from_pixel(5_600, 5_890, image::Rgb([20; 3]));
    let part = noise(5_600 * 3_900 * 3);
    opaque.as_mut()[..part.len()].copy_from_slice(&part);
    let encoder = codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90);
    DynamicImage::from(opaque).write_with_encoder(encoder).unwrap();
    let jpeg = tests::pictures::turned(&jpeg);
    let mut png = Vec::new();
    let mut clear = RgbaImage::from_raw(5_000, 5_000, vec![200; 5_000 * 5_000 * 4]).unwrap();
    let rest = noise(4_000 * 900 * 4);
    clear.as_mut()[..rest.len()].copy_from_slice(&rest);
    let encoder = codecs::png::PngEncoder::new(&mut png);
    encoder.write_image(&clear, 5_000, 5_000, ExtendedColorType::Rgba8).unwrap();
    alone(async |stack| {
        for (content_type, file) in [("image/jpeg", &jpeg), ("image/png", &png)] {
            let person = Person::new(stack.base()).await;
            println!("{content_type}: {} bytes", file.len());
            let upload = uploads(&person, content_type, file).await.unwrap();
            let order = made_of("flux-kontext-dev", &upload);
            let accepted = person.generate(&format!("key-{}", unique()), &order).await.ok(202);
            let generation = finished(&person, &id(&accepted)).await.unwrap();
            assert_eq!(generation["status"], "succeeded", "{generation}");
            let function = &stack.platform.resource("RunGeneration").unwrap().id;
            let peak = crate::processes::peak_memory(function).expect("run-generation runs as a process of its own");
            println!("{content_type}: a peak of {peak} KiB");
            assert!(peak <= MEMORY_KIB / 10 * 9, "run-generation took {peak} KiB for {content_type}");
        }
    });
}

#[test]
fn only_our_own_pages_can_read_the_answer_to_a_form() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        let open = open(&person, "image/png", 9).await.unwrap();
        let ours = post(&open, stack.base(), b"nine byte").await;
        assert_eq!((ours.status, ours.header("access-control-allow-origin")), (204, stack.base()));
        let theirs = post(&open, "https://elsewhere.example", b"nine byte").await;
        assert_eq!(theirs.header("access-control-allow-origin"), "");
    });
}

/// Our pages read files to save several as one. A page of another site that has a link may show the file, and reads
/// nothing of it.
#[test]
fn only_our_own_pages_can_read_the_bytes_of_a_file() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        let accepted = person.submit().await.ok(202);
        let generation = finished(&person, &id(&accepted)).await.unwrap();
        let link = generation["outputs"][0]["download_url"].as_str().expect("a delivered work has a link");
        let read = async |origin: &str| {
            send(client().get(link).header(ORIGIN, origin), "the output's link to save it".to_owned()).await
        };
        let ours = read(stack.base()).await;
        assert_eq!((ours.status, ours.header("access-control-allow-origin")), (200, stack.base()));
        let theirs = read("https://elsewhere.example").await;
        assert_eq!(theirs.header("access-control-allow-origin"), "", "GET must not be open to other origins");
    });
}
