//! The caller's environment must not redirect any request: no profile, no endpoint, no proxy.

use crate::{
    dev::{self, Dev},
    journey,
    stack::{run, together},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// Variables that redirect SDKs, libraries and programs.
const LEADING: &[&str] = &[
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SQS",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
];

/// A listener that counts the connections that are redirected to it.
struct Trap {
    url: String,
    caught: Arc<AtomicUsize>,
    waiting: JoinHandle<()>,
}

impl Trap {
    async fn set() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let caught = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&caught);
        let waiting = tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { url, caught, waiting }
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.waiting.abort();
    }
}

#[test]
fn a_profile_an_endpoint_and_a_proxy_of_the_caller_lead_nowhere() {
    // With the other tests, because the shared platform has built the program.
    together(async |_| {
        let trap = Trap::set().await;
        let mut environment = dev::environment();
        environment.extend(LEADING.iter().map(|name| (name.into(), trap.url.clone().into())));
        for (name, value) in [
            ("AWS_PROFILE", "somebody-elses"),
            ("AWS_REGION", "us-gov-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "elsewhere"),
            ("AWS_CONFIG_FILE", "/nonexistent"),
            ("NO_PROXY", ""),
            ("no_proxy", ""),
        ] {
            environment.insert(name.into(), value.into());
        }
        let mut dev = Dev::program("led-away", &["--port", "0"], environment);
        let origin = dev.ready().await;
        let outside = all_sockets_stay_here_during(dev.pid(), journey::whole(&origin)).await;
        outside.unwrap_or_else(|error| panic!("{error}\n{}", dev.said()));
        dev.signal("-INT");
        assert!(dev.ended().await.status.success());
        let caught = trap.caught.load(Ordering::SeqCst);
        assert_eq!(caught, 0, "a process follows the caller's environment to {}", trap.url);
    });
}

/// Checks the sockets of all processes repeatedly while `doing` runs.
#[cfg(target_os = "linux")]
async fn all_sockets_stay_here_during<T>(pid: u32, doing: impl Future<Output = T>) -> T {
    use crate::processes::{family, sockets};
    let mut seen = 0;
    let looking = async {
        loop {
            let sockets = sockets(&family(pid));
            seen += sockets.len();
            let away: Vec<_> = sockets.iter().filter(|socket| !socket.stays_here()).collect();
            assert!(away.is_empty(), "something of the platform speaks to another machine: {away:?}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let done = tokio::select! {
        done = doing => done,
        never = looking => never,
    };
    assert!(seen > 0, "no socket was seen, so the check proves nothing");
    done
}

#[cfg(not(target_os = "linux"))]
async fn all_sockets_stay_here_during<T>(_pid: u32, doing: impl Future<Output = T>) -> T {
    doing.await
}

#[test]
fn a_trap_counts_its_connections() {
    run(async {
        let trap = Trap::set().await;
        let _ = tokio::net::TcpStream::connect(trap.url.trim_start_matches("http://")).await;
        crate::stack::eventually("a catch", async || (trap.caught.load(Ordering::SeqCst) == 1).then_some(())).await;
    });
}
