//! Black Forest Labs: <https://docs.bfl.ai>
//!
//! The status of a job must be read at the cluster that runs it. The answer to a submission names
//! the cluster, unless it promises a webhook. Outputs can be read for ten minutes. The API cannot
//! cancel, list or erase jobs and cannot set a retention; the vendor register lists the data that
//! is kept.

mod answer;
#[cfg(test)]
mod tests;

use crate::{
    adapters::{
        answer::{read, submitted},
        api::Api,
    },
    credential::ProviderCredential,
    job::{Job, JobStatus, ProviderJob, Submitted},
};
use answer::{Task, TaskResult};
use http::{HeaderName, Method};
use kernel::Result;
use net::Http;
use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

/// The body of a submission.
#[derive(Serialize)]
struct Submission<'a> {
    #[serde(flatten)]
    input: &'a Map<String, Value>,
    webhook_url: &'a str,
    webhook_secret: &'a str,
}

/// The API of Black Forest Labs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bfl(Api);

impl Bfl {
    pub(crate) fn new(http: Http, settings: &ProviderCredential) -> Result<Self> {
        Api::new(http, settings, HeaderName::from_static("x-key"), "").map(Self)
    }

    pub(crate) fn api(&self) -> &Api {
        &self.0
    }

    pub(crate) async fn submit(&self, job: &Job) -> Submitted {
        let body = Submission { input: &job.input, webhook_url: &job.webhook_url, webhook_secret: &job.webhook_secret };
        let answer = self.0.post(&format!("{}/{}", self.0.base, job.model), &[], &body).await;
        submitted(answer, |body| self.placed(&Task::read(body)?), |_, _| None)
    }

    /// A task is lost only if its own cluster does not know it. Without a known cluster another one
    /// may have the task, so the deadline decides.
    pub(crate) async fn status(&self, job: &ProviderJob) -> JobStatus {
        let answer = self.0.call(Method::GET, &self.polling_url(job)).await;
        match read(answer).map_or_else(|status| status, TaskResult::job_status) {
            JobStatus::Lost if !job.as_str().contains('@') => JobStatus::Running { progress: None },
            status => status,
        }
    }

    /// The job with the cluster of its polling URL, as `<id>@<cluster>`. URLs of other hosts are
    /// dropped, because requests to them would send our key.
    fn placed(&self, task: &Task) -> Option<ProviderJob> {
        let cluster = task.polling_url.as_deref().and_then(|url| self.cluster(url));
        match cluster {
            Some(cluster) => format!("{}@{cluster}", task.id).parse().ok(),
            None => Some(task.id.clone()),
        }
    }

    /// The `eu1` of `https://api.eu1.bfl.ai/…`; `None` if the URL is our configured one.
    fn cluster(&self, polling_url: &str) -> Option<String> {
        let (url, base) = (Url::parse(polling_url).ok()?, Url::parse(&self.0.base).ok()?);
        if url.origin() == self.0.origin || url.scheme() != "https" || url.port().is_some() {
            return None;
        }
        let cluster = url.host_str()?.strip_prefix("api.")?.strip_suffix(&format!(".{}", domain(&base)?))?;
        cluster.bytes().all(|c| c.is_ascii_alphanumeric()).then(|| cluster.to_owned())
    }

    fn polling_url(&self, job: &ProviderJob) -> String {
        let (id, cluster) = job.as_str().split_once('@').unzip();
        let id = id.unwrap_or(job.as_str());
        let there = || {
            let domain = domain(&Url::parse(&self.0.base).ok()?)?;
            Some(format!("https://api.{}.{domain}/v1", cluster?))
        };
        format!("{}/get_result?id={id}", there().unwrap_or_else(|| self.0.base.clone()))
    }
}

/// The last two labels of a host.
fn domain(url: &Url) -> Option<String> {
    let mut labels = url.domain()?.rsplit('.');
    let (last, name) = (labels.next()?, labels.next()?);
    Some(format!("{name}.{last}"))
}
