//! The fakes over real sockets, against code that we did not write: the partners' own official
//! clients, independent ones, or the published schema where there is no client.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use local::{
    Environment, Python,
    fakes::{
        AppleClientKey, Fake, FakeApple, FakeAppleSettings, FakeBfl, FakeBflSettings, FakeFacebook,
        FakeFacebookSettings, FakeFal, FakeFalSettings, FakeReplicate, FakeReplicateSettings, FakeStripe,
        FakeStripeSettings, PartnerProtocol, serve,
    },
};
use std::{net::SocketAddr, path::Path};
use tokio::{net::TcpListener, process::Command};

/// Runs a script with these arguments.
async fn run(script: &str, arguments: &[&str]) {
    let python = Python::prepare(&Environment::of_caller(), |line| eprintln!("{line}")).await.unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    // `-B`: no compiled files in the source tree.
    let run = Command::new(python.program("python")).arg("-B").arg(&script).args(arguments).output().await.unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{} failed against the fake:\n{stdout}\n{stderr}", script.display());
}

/// Starts the fake on a free port, and runs a script with its address and `arguments`.
async fn driven<P: PartnerProtocol>(script: &str, arguments: &[&str], make: impl FnOnce(&str) -> Fake<P>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(serve(make(&base), listener));
    run(script, &[&[base.as_str()][..], arguments].concat()).await;
    server.abort();
}

#[tokio::test]
async fn independent_clients_sign_in_with_the_fake_apple() {
    let hook = free_address().await;
    let key = AppleClientKey::generate().unwrap();
    let settings = FakeAppleSettings::new("", &format!("http://{hook}"), key.public);
    let redirect_uri = settings.redirect_uris[0].clone();
    let make = |base: &str| FakeApple::new(FakeAppleSettings { public_base: base.to_owned(), ..settings });
    driven("apple_client.py", &[&key.pem, &redirect_uri, &hook.port().to_string()], make).await;
}

#[tokio::test]
async fn an_independent_client_signs_in_with_the_local_google() {
    run("google_client.py", &[concat!(env!("CARGO_MANIFEST_DIR"), "/google.py")]).await;
}

#[tokio::test]
async fn metas_official_client_works_with_the_fake_facebook() {
    let hook = free_address().await;
    let settings = FakeFacebookSettings::new("", &format!("http://{hook}"));
    let (app_id, secret) = (settings.app_id.clone(), settings.app_secret.clone());
    let (redirect_uri, port) = (settings.redirect_uris[0].clone(), hook.port().to_string());
    let make = |base: &str| {
        let (public_base, dialog_base) = (base.to_owned(), base.to_owned());
        FakeFacebook::new(FakeFacebookSettings { public_base, dialog_base, ..settings })
    };
    driven("facebook_client.py", &[&app_id, &secret, &redirect_uri, &port], make).await;
}

#[tokio::test]
async fn fals_official_client_works_with_the_fake() {
    let settings = FakeFalSettings::default();
    let key = settings.api_key.clone();
    driven("fal_queue.py", &[&key], |base| FakeFal::new(FakeFalSettings { public_base: base.to_owned(), ..settings }))
        .await;
}

#[tokio::test]
async fn the_fake_black_forest_labs_follows_the_published_schema() {
    let settings = FakeBflSettings::default();
    let key = settings.api_key.clone();
    driven("bfl_schema.py", &[&key], |base| FakeBfl::new(FakeBflSettings { public_base: base.to_owned(), ..settings }))
        .await;
}

#[tokio::test]
async fn replicates_official_client_works_with_the_fake() {
    let settings = FakeReplicateSettings::default();
    let token = settings.api_token.clone();
    let make = |base: &str| FakeReplicate::new(FakeReplicateSettings { public_base: base.to_owned(), ..settings });
    driven("replicate_client.py", &[&token], make).await;
}

/// An address where a script receives webhooks.
async fn free_address() -> SocketAddr {
    let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
    receiver.local_addr().unwrap()
}

#[tokio::test]
async fn stripes_official_client_works_with_the_fake() {
    let hook = free_address().await;
    let settings = FakeStripeSettings::new("", format!("http://{hook}/hook"));
    let (key, secret) = (settings.secret_key.clone(), settings.webhook_secret.clone());
    let make = |base: &str| FakeStripe::new(FakeStripeSettings { public_base: base.to_owned(), ..settings });
    driven("stripe_client.py", &[&key, &secret, &hook.port().to_string()], make).await;
}
