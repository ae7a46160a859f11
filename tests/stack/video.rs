//! A film through the deployed line: in pieces from the provider, in parts to the bucket.

use crate::{
    journey::{download, finished, id},
    person::{Person, secret, unique},
    stack::alone,
};
use local::fakes::replicate::Output;
use ring::digest::{SHA256, digest};
use serde_json::json;

#[test]
fn a_film_is_delivered_however_long_it_is() {
    alone(async |stack| {
        for (output, least) in [(Output::Good, 1_000_000), (Output::Large, 24 << 20)] {
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
            let hash: String = digest(&SHA256, &file.body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(made["sha256"], hash, "what is downloaded must be what was made");
            assert_eq!(person.credits().await, (30, 0));
        }
    });
}
