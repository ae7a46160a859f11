//! MiniStack: the local AWS.

use crate::{
    children::{LongRunning, Program},
    clock,
    error::LocalError,
    python::Python,
};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, ffi::OsString, net::TcpListener, path::Path, time::Duration};

/// The region of the local stage, as in samconfig.toml.
pub const REGION: &str = "eu-central-1";

/// The header of the root key. MiniStack checks the signatures of roles only.
const ROOT: &str =
    "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/any/aws4_request, SignedHeaders=host, Signature=0";

/// The concurrent executions of the account on most platforms. MiniStack's own default depends on the
/// memory. On a small machine it refuses calls when many come at once.
pub const PLACES: u32 = 200;

/// How long the start may take. It takes about a second; a busy machine needs many.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The pause between two health checks during the start.
const START_POLL: Duration = Duration::from_millis(50);

/// How often the start is tried. Another program may take a free port before MiniStack
/// does, but not so often in a row.
const START_ATTEMPTS: usize = 5;

/// The most events in an answer of `FilterLogEvents`. MiniStack gives no token for the rest.
const LOG_EVENTS_MAX: usize = 10_000;

/// A line in a log group.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEvent {
    timestamp: i64,
    log_stream_name: String,
    /// The line.
    pub message: String,
}

impl LogEvent {
    /// Whether the function of this physical name has logged the line. The name of the
    /// stream has the function's name before the version.
    pub fn is_of(&self, function: &str) -> bool {
        self.log_stream_name.contains(&format!("{function}["))
    }
}

/// The running MiniStack.
#[derive(Debug)]
pub struct MiniStack {
    /// Its process. It has the functions as children.
    pub(super) process: LongRunning,
    root: RootClient,
}

/// A client with MiniStack's root key. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RootClient {
    endpoint: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl MiniStack {
    /// Starts it empty, on a free port. It writes only below `folder`, its functions follow the
    /// clock of `clock_file` and send their requests to AWS to `aws`, and at most `places` calls run at once.
    ///
    /// # Errors
    /// When it does not start; the message names its log.
    pub async fn start(
        python: &Python,
        script: &Path,
        folder: &Path,
        clock_file: &Path,
        aws: &str,
        places: u32,
    ) -> Result<Self, LocalError> {
        let log = folder.join("ministack.log");
        let interpreter = python.program("python");
        for _ in 0..START_ATTEMPTS {
            let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            let program = Program {
                path: interpreter.as_os_str(),
                arguments: vec!["-W".as_ref(), "ignore".as_ref(), script.as_os_str()],
                environment: environment(port, folder, clock_file, aws, places),
                folder,
            };
            let mut cloud = Self {
                process: LongRunning::new(program.start_with_log(&log)?, "MiniStack", log.clone()),
                root: RootClient {
                    endpoint: format!("http://127.0.0.1:{port}"),
                    client: Client::builder(TokioExecutor::new()).build_http(),
                },
            };
            if cloud.comes_up().await {
                return Ok(cloud);
            }
            cloud.process.stop().await;
        }
        Err(LocalError::new(format!("MiniStack does not start; its log is {}", log.display())))
    }

    async fn comes_up(&mut self) -> bool {
        let waiting = async {
            while self.process.is_running() {
                let answer = self.root.send(Method::GET, "/_ministack/health", &[], Bytes::new()).await;
                // The child is checked again: another instance may have answered for it.
                if answer.is_ok_and(|(status, _)| status.is_success()) && self.process.is_running() {
                    return true;
                }
                tokio::time::sleep(START_POLL).await;
            }
            false
        };
        tokio::time::timeout(START_TIMEOUT, waiting).await.unwrap_or(false)
    }

    /// Its address.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.root.endpoint
    }

    /// A client with its root key.
    #[must_use]
    pub fn root(&self) -> &RootClient {
        &self.root
    }
}

impl RootClient {
    /// Invokes a function and returns its answer.
    ///
    /// # Errors
    /// When it cannot be invoked, or ends with an error, which the message names.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value, LocalError> {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let (status, body) = self.send(Method::POST, &path, &[], event.to_string().into()).await?;
        let answer = json(&body);
        if !status.is_success() || answer.get("errorMessage").is_some() {
            return Err(LocalError::new(format!("{function} answers {status}: {answer}")));
        }
        Ok(answer)
    }

    /// All events of a log group, in the order of time.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn log_events(&self, group: &str) -> Result<Vec<LogEvent>, LocalError> {
        let headers =
            [("x-amz-target", "Logs_20140328.FilterLogEvents"), ("content-type", "application/x-amz-json-1.1")];
        let mut question = serde_json::json!({ "logGroupName": group });
        let mut all = Vec::new();
        loop {
            let (status, body) = self.send(Method::POST, "/", &headers, question.to_string().into()).await?;
            let mut answer = json(&body);
            if !status.is_success() {
                return Err(LocalError::new(format!("the logs of {group} answer {status}: {answer}")));
            }
            let mut events: Vec<LogEvent> =
                serde_json::from_value(answer["events"].take()).map_err(LocalError::during("reading log events"))?;
            if events.len() < LOG_EVENTS_MAX {
                all.extend(events);
                return Ok(all);
            }
            // The next answer repeats the last millisecond of this one, which may be cut off.
            let last = events.last().map_or(0, |event| event.timestamp);
            events.retain(|event| event.timestamp < last);
            if events.is_empty() {
                return Err(LocalError::new(format!("{group} has {LOG_EVENTS_MAX} events in one millisecond")));
            }
            question["startTime"] = last.into();
            all.extend(events);
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), LocalError> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.endpoint));
        request = request.header(header::AUTHORIZATION, ROOT);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).map_err(LocalError::during(path))?;
        let answer = self.client.request(request).await.map_err(LocalError::during("MiniStack"))?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await.map_err(LocalError::during("MiniStack"))?.to_bytes()))
    }
}

/// The answer, or its text where it is not JSON.
fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}

/// The whole environment of MiniStack. The functions inherit it.
fn environment(port: u16, folder: &Path, clock_file: &Path, aws: &str, places: u32) -> BTreeMap<OsString, OsString> {
    let text = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
    let path = |name: &str, value: &Path| (OsString::from(name), value.as_os_str().to_owned());
    BTreeMap::from([
        text("PATH", "/usr/bin:/bin"),
        // No profile of a person and no temporary file of another instance.
        path("HOME", folder),
        path(clock::VARIABLE, clock_file),
        path("TMPDIR", &folder.join("tmp")),
        path("STATE_DIR", &folder.join("state")),
        path("S3_DATA_DIR", &folder.join("s3")),
        text("PERSIST_STATE", "0"),
        text("BIND_HOST", "127.0.0.1"),
        text("IOT_MTLS_ENABLED", "0"),
        text("GATEWAY_PORT", &port.to_string()),
        text("AWS_ENDPOINT_URL", aws),
        text("MINISTACK_REGION", REGION),
        text("AUTH", "true"),
        text("LAMBDA_ACCOUNT_CONCURRENCY", &places.to_string()),
    ])
}
