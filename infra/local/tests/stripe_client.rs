//! The fake Stripe against Stripe's own official client, over a real socket.

use local::{
    Environment, Python,
    fakes::{Stripe, StripeSettings, serve},
};
use std::path::Path;
use tokio::{net::TcpListener, process::Command};

#[tokio::test]
async fn the_official_client_gets_on_with_the_fake() {
    let python = Python::prepare(&Environment::of_caller(), |line| eprintln!("{line}")).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = receiver.local_addr().unwrap();
    // The script receives the webhooks there.
    drop(receiver);
    let base = format!("http://{}", listener.local_addr().unwrap());
    let stripe = Stripe::new(StripeSettings::new(&base, format!("http://{hook}/hook")));
    let (key, secret) = (stripe.settings().secret_key.clone(), stripe.settings().webhook_secret.clone());
    let server = tokio::spawn(serve(stripe, listener));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stripe_client.py");
    let port = hook.port().to_string();
    let run =
        Command::new(python.program("python")).arg(script).args([base, key, secret, port]).output().await.unwrap();
    server.abort();
    let (stdout, stderr) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "the official client did not get on with the fake:\n{stdout}\n{stderr}");
}
