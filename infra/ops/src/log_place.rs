//! The log group of a deployment's pages, read line by line.

use crate::refusal::Refusal;
use aws::Clients;
use kernel::{Error, Timestamp, later};
use net::Http;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{fmt, time::Duration};

/// The service in signatures and addresses.
const SERVICE: &str = "logs";

/// The operation. AWS allows five calls a second in most regions, so one after another is enough.
const OPERATION: &str = "Logs_20140328.FilterLogEvents";

/// The largest answer, in bytes. AWS sends at most 1 MB of lines, and each in an object of its own.
const ANSWER_BYTES: u64 = 16 * 1024 * 1024;

/// The lines of one answer, as AWS limits them.
const LINES: usize = 10_000;

/// Most attempts of a call that AWS refuses because there are too many.
const ATTEMPTS: u32 = 5;

/// The pause before the next attempt.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest time from a line until the log has it, and the other way round: the clocks of AWS differ by less.
const SLACK: Duration = Duration::from_secs(5 * 60);

/// The place of a deployment's logs.
pub struct LogPlace<'a> {
    clients: Clients,
    http: Http,
    group: Option<String>,
    /// The time by which the deployment's clock is ahead of the machine's.
    ahead: Duration,
    /// The machine's time, with which requests are signed.
    machine_clock: &'a dyn Fn() -> Timestamp,
}

/// The lines that were found, and what was read for them.
#[derive(Debug, Default)]
pub(crate) struct FoundLines {
    pub(crate) lines: Vec<String>,
    /// The answers of AWS.
    pub(crate) answers: u64,
    /// Whether there may be more lines than the log shows: the local one gives no token for the rest.
    pub(crate) is_cut: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    events: Vec<LogEvent>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct LogEvent {
    message: String,
}

impl<'a> LogPlace<'a> {
    /// The log group of the pages, if its name is known. `ahead` is the time by which the deployment's clock is ahead
    /// of the machine's.
    #[must_use]
    pub fn new(
        clients: Clients,
        http: Http,
        group: Option<String>,
        ahead: Duration,
        machine_clock: &'a dyn Fn() -> Timestamp,
    ) -> Self {
        Self { clients, http, group, ahead, machine_clock }
    }

    /// Reads the lines with this word that may have been written from the one to the other time, by the deployment's
    /// clock. There may be lines of a few minutes before and after: the caller compares the time in each line. Calls
    /// `progress` after each answer with the number of lines so far.
    pub(crate) async fn lines(
        &self,
        word: &str,
        from: Timestamp,
        to: Timestamp,
        progress: &dyn Fn(usize),
    ) -> Result<FoundLines, Refusal> {
        let unknown = || Error::invalid("SITE_LOGS", "Set SITE_LOGS: the output SiteLogs of the stack has the name.");
        let group = self.group.as_deref().ok_or_else(unknown)?;
        // The log has the machine's times.
        let (start, end) = (earlier(from, self.ahead + SLACK), later(to, SLACK));
        let mut question = Map::from_iter([
            ("logGroupName".to_owned(), json!(group)),
            ("filterPattern".to_owned(), json!(word)),
            ("startTime".to_owned(), json!(start.as_millisecond())),
            ("endTime".to_owned(), json!(end.as_millisecond())),
            ("limit".to_owned(), json!(LINES)),
        ]);
        let mut found = FoundLines::default();
        loop {
            let Answer { events, next_token } = self.ask(group, &question).await?;
            found.answers += 1;
            found.is_cut = next_token.is_none() && events.len() >= LINES;
            found.lines.extend(events.into_iter().map(|event| event.message));
            progress(found.lines.len());
            match next_token {
                Some(token) => drop(question.insert("nextToken".to_owned(), Value::String(token))),
                None => return Ok(found),
            }
        }
    }

    async fn ask(&self, group: &str, question: &Map<String, Value>) -> Result<Answer, Refusal> {
        let body = json!(question).to_string();
        let mut attempt = 1;
        loop {
            let request = self.clients.json_request(SERVICE, OPERATION, body.clone(), (self.machine_clock)())?;
            let answer = self.http.fetch(request.map(Into::into), ANSWER_BYTES).await.map_err(Error::from)?;
            let status = answer.status().as_u16();
            if status == 200 {
                return Ok(serde_json::from_slice(answer.body()).map_err(Error::internal)?);
            }
            let problem: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            let code = problem["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap_or_default();
            let is_busy = status == 429 || status >= 500 || code == "ThrottlingException";
            if !is_busy || attempt == ATTEMPTS {
                return Err(refused(group, status, code));
            }
            attempt += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The refusal of AWS. Its own text may repeat the request, so only its code is shown.
fn refused(group: &str, status: u16, code: &str) -> Refusal {
    match code {
        "ResourceNotFoundException" => {
            Refusal::missing(format!("There is no log group {group}: the output SiteLogs of the stack has the name."))
        }
        code => Error::internal(format!("{OPERATION} on {group} failed: {status} {code}")).into(),
    }
}

/// A time before another.
fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    time.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

impl fmt::Debug for LogPlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogPlace").field("group", &self.group).finish_non_exhaustive()
    }
}
