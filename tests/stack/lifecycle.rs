//! The start and the end of `cargo dev`.

use crate::{
    dev::{self, Dev, free_port},
    journey,
    stack::{eventually, run, together},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

/// The time limit for a message that needs no work first.
const AT_ONCE: Duration = Duration::from_secs(10);

#[test]
fn it_prints_one_line_and_ctrl_c_ends_all_its_processes() {
    run(async {
        let port = free_port();
        let mut dev = Dev::start("ctrl-c", &["--port", &port.to_string()]);
        let origin = dev.ready().await;
        assert_eq!(origin, format!("http://127.0.0.1:{port}"));
        journey::whole(&origin).await.unwrap_or_else(|error| panic!("{error}\n{}", dev.said()));
        let left = Left::of(&dev, &origin);
        dev.signal("-INT");
        let ended = dev.ended().await;
        assert!(ended.status.success(), "Ctrl-C is the way to end it: {ended:?}");
        assert_eq!(ended.output, "", "standard output is the one `ready:` line and nothing else");
        left.is_nothing().await;
        TcpListener::bind(("127.0.0.1", port)).expect("the port should be free again");
    });
}

#[test]
fn killed_without_notice_it_leaves_nothing_and_starts_again() {
    run(async {
        let port = free_port().to_string();
        let mut first = Dev::start("killed", &["--port", &port]);
        let origin = first.ready().await;
        journey::whole(&origin).await.unwrap_or_else(|error| panic!("{error}\n{}", first.said()));
        let left = Left::of(&first, &origin);
        first.signal("-KILL");
        assert!(!first.ended().await.status.success());
        left.is_nothing().await;

        let mut second = Dev::start("killed-again", &["--port", &port]);
        assert_eq!(second.ready().await, origin, "{}", second.said());
        journey::whole(&origin).await.unwrap_or_else(|error| panic!("{error}\n{}", second.said()));
        let left = Left::of(&second, &origin);
        second.signal("-TERM");
        assert!(second.ended().await.status.success());
        left.is_nothing().await;
    });
}

#[test]
fn a_taken_port_is_reported_at_once() {
    together(async |_| {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port().to_string();
        let begun = Instant::now();
        let ended = Dev::program("taken", &["--port", &port], dev::environment()).ended().await;
        assert!(!ended.status.success());
        assert!(begun.elapsed() < AT_ONCE, "nothing may be built before: {:?}", begun.elapsed());
        assert_eq!(ended.output, "");
        for part in [&port, "--port"] {
            assert!(ended.errors.contains(part), "the message should name {part}: {}", ended.errors);
        }
    });
}

#[test]
fn all_missing_prerequisites_are_named_at_once() {
    together(async |_| {
        let bare = BTreeMap::from([("PATH".into(), env!("CARGO_TARGET_TMPDIR").into())]);
        let begun = Instant::now();
        let ended = Dev::program("bare", &["--port", "0"], bare).ended().await;
        assert!(!ended.status.success());
        assert!(begun.elapsed() < AT_ONCE, "nothing may be built before: {:?}", begun.elapsed());
        for part in ["C compiler", "Python 3.10", "venv", "apt-get install"] {
            assert!(ended.errors.contains(part), "the message should name {part}: {}", ended.errors);
        }
        assert_eq!(ended.output, "");
    });
}

#[test]
fn an_unknown_argument_is_named() {
    together(async |_| {
        let ended = Dev::program("argument", &["--prot", "1"], dev::environment()).ended().await;
        assert!(!ended.status.success());
        assert!(ended.errors.contains("--prot") && ended.errors.contains("Usage"), "{}", ended.errors);
    });
}

/// The sockets and processes that must be gone after the end.
struct Left {
    addresses: BTreeSet<SocketAddr>,
    #[cfg(target_os = "linux")]
    family: BTreeSet<crate::processes::Process>,
}

impl Left {
    #[cfg(target_os = "linux")]
    fn of(dev: &Dev, _origin: &str) -> Self {
        let family = crate::processes::family(dev.pid());
        let sockets = crate::processes::sockets(&family);
        let addresses = sockets.into_iter().filter(|socket| socket.listens).map(|socket| socket.local).collect();
        let left = Self { addresses, family };
        assert!(left.addresses.len() >= 4, "the origin, AWS and two partners should listen: {:?}", left.addresses);
        assert!(left.family.len() >= 10, "the functions should run: {:?}", left.family);
        left
    }

    #[cfg(not(target_os = "linux"))]
    fn of(_dev: &Dev, origin: &str) -> Self {
        let address = origin.trim_start_matches("http://").parse().expect("the origin is an address");
        Self { addresses: [address].into() }
    }

    async fn is_nothing(&self) {
        eventually("the end of everything", async || {
            let listening = self.addresses.iter().any(|address| TcpStream::connect(address).is_ok());
            #[cfg(target_os = "linux")]
            let listening = listening || !crate::processes::alive(&self.family).is_empty();
            (!listening).then_some(())
        })
        .await;
    }
}
