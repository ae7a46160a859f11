//! A mock of AWS on this machine, over real TLS: one connection a thread, so that what it
//! adds to an answer is the delay that was asked for and little else.

use crate::{Result, answers::Account, authority::Authority, wire};
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

/// The rest of a delay that is waited out without sleeping: a sleeping thread wakes up
/// some tens of microseconds late, which would be counted as the function's.
const SPIN: Duration = Duration::from_micros(200);

/// The mock, which listens until the program ends.
#[derive(Debug)]
pub struct Cloud {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    account: Account,
    delay_us: AtomicU64,
    requests: AtomicU64,
}

impl Cloud {
    /// Listens on a free port of this machine, and answers for `account`.
    ///
    /// # Errors
    /// When there is none.
    pub fn start(authority: &Authority, account: Account) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared { account, delay_us: AtomicU64::new(0), requests: AtomicU64::new(0) });
        let (server, of_all) = (authority.server(), shared.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, shared) = (server.clone(), of_all.clone());
                // A process that is ended breaks its connections.
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

    /// How long each request waits for its answer from now on.
    pub fn delay(&self, delay: Duration) {
        self.shared.delay_us.store(u64::try_from(delay.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How many requests there were so far.
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
            // From when the first byte is here, so that what the mock itself takes for reading
            // and answering is a part of the delay and not of the function's time.
            if from.buffer().is_empty() {
                from.get_ref().sock.peek(&mut [0])?;
            }
            let due = Instant::now() + Duration::from_micros(self.delay_us.load(Ordering::Relaxed));
            let Some(request) = wire::Request::read(&mut from)? else { break };
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
    fn a_delay_is_as_long_as_asked_for() {
        for micros in [0, 150, 2_000] {
            let (asked, started) = (Duration::from_micros(micros), Instant::now());
            wait(started + asked);
            assert!(started.elapsed() >= asked, "{micros} µs");
        }
    }
}
