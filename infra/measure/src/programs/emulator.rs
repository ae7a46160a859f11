//! The Runtime API of Lambda, for one process
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>). Amazon's own
//! emulator reports the init time of its own start.

use crate::{
    clock,
    error::{MeasureError, Result},
    wire,
};
use std::{
    io::{self, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

/// The most connections that a runtime may have open. It needs one; its client may open a
/// second before it knows that the first is free again.
const CONNECTIONS: usize = 2;

/// How long an invocation may take, in milliseconds. It sets the deadline of the runtime.
const LIFETIME_MS: i64 = 30_000;

/// An event of the process.
#[derive(Debug)]
pub enum RuntimeEvent {
    /// It asked for an invocation. An event that is sent into `events` is the answer.
    Ready {
        /// When it asked.
        at: Instant,
        /// Takes the event.
        events: Sender<Vec<u8>>,
    },
    /// It answered the invocation.
    Answered {
        /// The time from the sent event to the whole answer.
        took: Duration,
        /// The answer.
        body: Vec<u8>,
    },
    /// It reported an error, of the invocation or of its start.
    Failed(String),
}

/// A Runtime API that listens.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    seen: Receiver<RuntimeEvent>,
    stopped: Arc<AtomicBool>,
}

impl Emulator {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// When there is none.
    pub fn start() -> Result<Self> {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0")?);
        let address = listener.local_addr()?;
        let (tell, seen) = mpsc::channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(Mutex::new(Instant::now()));
        // The threads exist before the process starts, so that none starts while its time is
        // taken.
        for _ in 0..CONNECTIONS {
            let (listener, stopped) = (listener.clone(), stopped.clone());
            let connection = RuntimeConnection { tell: tell.clone(), sent: sent.clone() };
            thread::spawn(move || {
                while let Ok((stream, _)) = listener.accept() {
                    if stopped.load(Ordering::Relaxed) {
                        break;
                    }
                    // A killed process breaks its connection.
                    let _ = connection.serve(stream);
                }
            });
        }
        Ok(Self { address, seen, stopped })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The next event of the process. `None` when there is none within `patience`.
    ///
    /// # Errors
    /// When the emulator itself has ended.
    pub fn seen(&self, patience: Duration) -> Result<Option<RuntimeEvent>> {
        match self.seen.recv_timeout(patience) {
            Ok(seen) => Ok(Some(seen)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(MeasureError::new("the emulator of the Runtime API has ended")),
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        for _ in 0..CONNECTIONS {
            let _ = TcpStream::connect(self.address);
        }
    }
}

struct RuntimeConnection {
    tell: Sender<RuntimeEvent>,
    /// When the last event was sent, on any connection.
    sent: Arc<Mutex<Instant>>,
}

impl RuntimeConnection {
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut from = BufReader::new(stream.try_clone()?);
        while let Some(request) = wire::HttpRequest::read(&mut from)? {
            let at = Instant::now();
            let path = request.target.strip_prefix("/2018-06-01/runtime/").unwrap_or_default();
            match (request.method.as_str(), path.rsplit('/').next()) {
                ("GET", Some("next")) => {
                    let (events, event) = mpsc::channel();
                    let told = self.tell.send(RuntimeEvent::Ready { at, events });
                    // The process is no longer needed.
                    let (Ok(()), Ok(event)) = (told, event.recv()) else { break };
                    self.invoke(&mut stream, &event)?;
                }
                ("POST", Some("response")) => {
                    let took = at.saturating_duration_since(*self.sent.lock().unwrap_or_else(PoisonError::into_inner));
                    wire::answer(&mut stream, "202 Accepted", &[], b"")?;
                    let _ = self.tell.send(RuntimeEvent::Answered { took, body: request.body });
                }
                ("POST", Some("error")) => {
                    wire::answer(&mut stream, "202 Accepted", &[], b"")?;
                    let _ = self.tell.send(RuntimeEvent::Failed(String::from_utf8_lossy(&request.body).into_owned()));
                }
                _ => wire::answer(&mut stream, "404 Not Found", &[], b"")?,
            }
        }
        Ok(())
    }

    fn invoke(&self, stream: &mut TcpStream, event: &[u8]) -> io::Result<()> {
        let deadline = (clock::now().as_millisecond() + LIFETIME_MS).to_string();
        let headers = [
            ("content-type", "application/json"),
            ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
            ("lambda-runtime-deadline-ms", &deadline),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:123456789012:function:measured"),
            ("lambda-runtime-trace-id", "Root=1-69202a5c-0f1e2d3c4b5a69788796a5b4;Parent=53995c3f42cd8ad8;Sampled=0"),
        ];
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        wire::answer(stream, "200 OK", &headers, event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, Read, Write};

    const PATIENCE: Duration = Duration::from_secs(10);
    const NEXT: &str = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n";

    /// A runtime without a function: only its connection.
    struct Runtime(BufReader<TcpStream>);

    impl Runtime {
        fn of(emulator: &Emulator) -> Self {
            Self(BufReader::new(TcpStream::connect(emulator.address()).unwrap()))
        }

        fn send(&mut self, text: &str) {
            self.0.get_mut().write_all(text.as_bytes()).unwrap();
        }

        fn post(&mut self, path: &str, body: &str) {
            self.send(&format!(
                "POST /2018-06-01/runtime/{path} HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            ));
        }

        /// Status line, head and body of an answer.
        fn answer(&mut self) -> (String, String, String) {
            let (mut status, mut head) = (String::new(), String::new());
            self.0.read_line(&mut status).unwrap();
            while !head.ends_with("\r\n\r\n") && self.0.read_line(&mut head).unwrap() > 2 {}
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            self.0.read_exact(&mut body).unwrap();
            (status.trim().to_owned(), head, String::from_utf8(body).unwrap())
        }
    }

    fn ready(emulator: &Emulator) -> Sender<Vec<u8>> {
        match emulator.seen(PATIENCE).unwrap() {
            Some(RuntimeEvent::Ready { events, .. }) => events,
            other => panic!("expected a request for an invocation, not {other:?}"),
        }
    }

    #[test]
    fn an_invocation_is_sent_and_its_answer_is_received() {
        let emulator = Emulator::start().unwrap();
        let mut runtime = Runtime::of(&emulator);
        for round in ["one", "two"] {
            runtime.send(NEXT);
            ready(&emulator).send(round.as_bytes().to_vec()).unwrap();
            let (status, head, body) = runtime.answer();
            assert_eq!((status.as_str(), body.as_str()), ("HTTP/1.1 200 OK", round));
            for needed in ["aws-request-id", "deadline-ms", "invoked-function-arn", "trace-id"] {
                assert!(head.contains(&format!("lambda-runtime-{needed}: ")), "the runtime needs {needed}: {head}");
            }
            thread::sleep(Duration::from_millis(20));
            runtime.post("invocation/8476a536/response", "done");
            assert_eq!(runtime.answer().0, "HTTP/1.1 202 Accepted");
            match emulator.seen(PATIENCE).unwrap() {
                Some(RuntimeEvent::Answered { took, body }) => {
                    assert_eq!(body, b"done");
                    assert!(took >= Duration::from_millis(20), "{took:?} must span sending and answer");
                }
                other => panic!("expected an answer, not {other:?}"),
            }
        }
    }

    #[test]
    fn errors_are_seen_on_any_connection() {
        let emulator = Emulator::start().unwrap();
        let (mut one, mut other) = (Runtime::of(&emulator), Runtime::of(&emulator));
        one.send(NEXT);
        let events = ready(&emulator);
        for path in ["init/error", "invocation/8476a536/error"] {
            other.post(path, "no table");
            assert_eq!(other.answer().0, "HTTP/1.1 202 Accepted");
            assert!(matches!(emulator.seen(PATIENCE).unwrap(), Some(RuntimeEvent::Failed(why)) if why == "no table"));
        }
        drop(events);
        assert_eq!(
            one.0.read(&mut [0; 1]).unwrap(),
            0,
            "the connection of a process that is no longer needed is closed"
        );
    }

    #[test]
    fn an_idle_process_is_noticed() {
        let emulator = Emulator::start().unwrap();
        assert!(emulator.seen(Duration::from_millis(1)).unwrap().is_none());
    }
}
