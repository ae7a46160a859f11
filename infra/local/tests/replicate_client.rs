//! The fake Replicate against Replicate's own official client, over a real socket.

use local::fakes::{Replicate, ReplicateSettings, serve};
use std::path::{Path, PathBuf};
use tokio::{net::TcpListener, process::Command};

/// The interpreter of the pinned environment that the local platform makes.
fn python() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("local").join("python/bin/python")
}

#[tokio::test]
async fn the_official_client_gets_on_with_the_fake() {
    let python = python();
    let has_client = Command::new(&python).args(["-c", "import replicate"]).output().await;
    if !has_client.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {} has no package `replicate`; `cargo dev` makes that environment", python.display());
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let replicate = Replicate::new(ReplicateSettings::new(&base));
    let token = replicate.settings().api_token.clone();
    let server = tokio::spawn(serve(replicate, listener));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replicate_client.py");
    let run = Command::new(python).arg(script).args([base, token]).output().await.unwrap();
    server.abort();
    let (stdout, stderr) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "the official client did not get on with the fake:\n{stdout}\n{stderr}");
}
