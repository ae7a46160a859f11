//! Signatures made by Stripe's own library verify, and fail for a changed body.

use billing::SigningSecrets;
use jiff::Timestamp;
use local::{Environment, Python};
use std::process::Command;

/// Signs every body with every secret: one line of JSON for each.
const SIGN: &str = r#"
import json, stripe
bodies = ["{}", "{\n  \"id\": \"evt_1\"\n}", "{\"name\": \"Zoë – ünïcode 🦊\"}", "", "not json, and long: " + "x" * 100000]
for secret in ["whsec_dGVzdA==", "whsec_" + "k" * 32]:
    for body in bodies:
        header = stripe.WebhookSignature.generate_signature_header(body, secret, 1800000000)
        print(json.dumps({"secret": secret, "body": body, "header": header}))
"#;

#[tokio::test]
async fn a_signature_of_stripes_own_library_verifies() {
    let python = Python::prepare(&Environment::of_caller(), |line| eprintln!("{line}")).await.unwrap();
    let run = Command::new(python.program("python")).args(["-c", SIGN]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let mut signed = 0;
    for line in String::from_utf8(run.stdout).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap();
        let secrets = SigningSecrets::from_secrets([text("secret")]).unwrap();
        let body = text("body").as_bytes();
        assert!(
            secrets.verify(Some(text("header")), body, now).is_ok(),
            "{} over {:.40}",
            text("header"),
            text("body")
        );
        let changed = [body, b" "].concat();
        assert!(secrets.verify(Some(text("header")), &changed, now).is_err(), "a changed body must be refused");
        signed += 1;
    }
    assert_eq!(signed, 10);
}
