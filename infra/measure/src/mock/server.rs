//! A mock of AWS on this machine, over real TLS. Each connection has its own thread, so that
//! the mock adds little more than the configured delay to an answer.

use super::{answers::MockAccount, authority::Authority};
use crate::{error::Result, wire};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::{
    io::{self, BufReader},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// The last part of a delay, during which the thread spins. A sleeping thread wakes up some
/// tens of microseconds late, which would count as the function's time.
const SPIN: Duration = Duration::from_micros(200);

/// The mock, which listens until the program ends.
#[derive(Debug)]
pub struct MockAws {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    account: MockAccount,
    delay_us: AtomicU64,
    requests: AtomicU64,
}

impl MockAws {
    /// Listens on a free port of this machine, with the answers of `account`.
    ///
    /// # Errors
    /// When there is none.
    pub fn start(authority: &Authority, account: MockAccount) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared { account, delay_us: AtomicU64::new(0), requests: AtomicU64::new(0) });
        let (server, of_all) = (authority.server(), shared.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, shared) = (server.clone(), of_all.clone());
                // A killed process breaks its connections.
                thread::spawn(move || drop(shared.serve(stream, server)));
            }
        });
        Ok(Self { port, shared })
    }

    /// The value of `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Sets how long each request waits for its answer from now on.
    pub fn delay(&self, delay: Duration) {
        self.shared.delay_us.store(u64::try_from(delay.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The number of requests so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream, server: Arc<ServerConfig>) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let session = ServerConnection::new(server).map_err(io::Error::other)?;
        let mut from = BufReader::new(StreamOwned::new(session, stream));
        loop {
            // The delay begins with the first byte, so that the mock's own time for reading and
            // answering is a part of it, and not of the function's time.
            if from.buffer().is_empty() {
                from.get_ref().sock.peek(&mut [0])?;
            }
            let due = Instant::now() + Duration::from_micros(self.delay_us.load(Ordering::Relaxed));
            let Some(request) = wire::HttpRequest::read(&mut from)? else { break };
            self.requests.fetch_add(1, Ordering::Relaxed);
            let answer = self.account.answer(request.header("x-amz-target"), &request.target, &request.body);
            wait(due);
            wire::answer(from.get_mut(), answer.status, &[("content-type", answer.content_type)], &answer.body)?;
        }
        Ok(())
    }
}

fn wait(due: Instant) {
    thread::sleep(due.saturating_duration_since(Instant::now()).saturating_sub(SPIN));
    while Instant::now() < due {
        std::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_has_its_configured_length() {
        for micros in [0, 150, 2_000] {
            let (asked, started) = (Duration::from_micros(micros), Instant::now());
            wait(started + asked);
            assert!(started.elapsed() >= asked, "{micros} µs");
        }
    }
}
