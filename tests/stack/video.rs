//! A film through the deployed functions: read in pieces from the provider, stored in parts.

use crate::{
    journey::{download, finished},
    person::{Person, id, secret, unique},
    stack::alone,
};
use kernel::sha256_hex;
use local::fakes::replicate::OutputMode;
use serde_json::json;

#[test]
fn a_film_is_delivered_however_long_it_is() {
    alone(async |stack| {
        for (output, least) in [(OutputMode::Good, 1_000_000), (OutputMode::Large, 24 << 20)] {
            stack.platform.replicate().knobs(|knobs| knobs.output = output);
            let person = Person::new(stack.base()).await;
            let prompt = format!("a canary-{} on a wire", unique());
            secret(&prompt);
            let order = json!({"model": "wan-2.2-t2v-fast", "prompt": prompt, "settings": {"aspect_ratio": "9:16"}});
            let accepted = person.generate(&format!("key-{}", unique()), &order).await.ok(202);
            let generation = finished(&person, &id(&accepted)).await.unwrap();
            assert_eq!(generation["status"], "succeeded", "{generation}");
            assert_eq!(generation["kind"], "text_to_video", "{generation}");
            let made = &generation["outputs"][0];
            assert_eq!((&made["width"], &made["height"]), (&json!(176), &json!(320)), "{made}");
            let file = download(&generation).await.unwrap();
            assert_eq!(file.header("content-type"), "video/mp4");
            assert!(file.body.len() >= least, "{output:?}: {} bytes", file.body.len());
            assert_eq!(made["bytes"], file.body.len());
            let hash = sha256_hex(&file.body);
            assert_eq!(made["sha256"], hash, "the download must be the generated file");
            assert_eq!(person.credits().await, (30, 0));
        }
    });
}

/// The limit in KiB: the smallest memory of a Lambda function.
#[cfg(target_os = "linux")]
const PEAK_KIB: u64 = 128 * 1024;

#[cfg(target_os = "linux")]
#[test]
fn a_film_of_200_mb_is_copied_in_little_memory() {
    alone(async |stack| {
        for is_length_told in [false, true] {
            stack.platform.replicate().knobs(|knobs| {
                (knobs.output, knobs.padding_mib, knobs.is_length_told) = (OutputMode::Large, 200, is_length_told);
            });
            let person = Person::new(stack.base()).await;
            let prompt = format!("a canary-{} on a wire", unique());
            secret(&prompt);
            let order = json!({"model": "wan-2.2-t2v-fast", "prompt": prompt});
            let accepted = person.generate(&format!("key-{}", unique()), &order).await.ok(202);
            let generation = finished(&person, &id(&accepted)).await.unwrap();
            assert_eq!(generation["status"], "succeeded", "{generation}");
            let (made, given) = (&generation["outputs"][0], summed_up(&generation).await);
            assert!(given.0 > 200 << 20, "{} bytes", given.0);
            assert_eq!((&made["bytes"], &made["sha256"]), (&json!(given.0), &json!(given.1)));
            let function = &stack.platform.resource("CollectMedia").unwrap().id;
            let peak = crate::processes::peak_memory(function).expect("collect-media runs as a process of its own");
            println!("collect-media copied {} bytes with a peak of {peak} KiB", given.0);
            assert!(peak <= PEAK_KIB, "collect-media took {peak} KiB for a film of {} bytes", given.0);
        }
    });
}

/// The size and the SHA-256 of the only output, read in pieces through its link.
#[cfg(target_os = "linux")]
async fn summed_up(generation: &serde_json::Value) -> (u64, String) {
    let url = generation["outputs"][0]["url"].as_str().unwrap();
    secret(url.split_once("X-Amz-Signature=").unwrap().1.split('&').next().unwrap());
    let mut answer = crate::person::client().get(url).send().await.unwrap();
    let (mut bytes, mut hash) = (0, ring::digest::Context::new(&ring::digest::SHA256));
    while let Some(piece) = answer.chunk().await.unwrap() {
        bytes += piece.len() as u64;
        hash.update(&piece);
    }
    (bytes, hex::encode(hash.finish()))
}
