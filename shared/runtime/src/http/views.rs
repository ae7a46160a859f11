//! Counts of page views about nobody (P07).

use crate::{
    http::{request::Request, response::Response},
    metric::{self, Metric},
};
use kernel::{Timestamp, UserAgent};

/// The metric. `cargo ops browsers` finds its lines by this name (`infra/ops/src/commands/browsers.rs`).
const PAGE_VIEWS: &str = "PageViews";

/// The fields of a line, beside the metric: the families of browser, device and operating system.
const VIEW_FIELDS: [&str; 3] = ["Browser", "Device", "System"];

/// Counts the view of a page at `now`, by one line in the log: the families of browser, device and operating system.
/// It has no id, address, path, time zone, language or version, and no row is written.
///
/// A view is an HTML page that a browser shows to a person: `GET` with 200, not by a program, not fetched
/// beforehand, and not a part of another page. A page that the browser has already (304) is a view too, because a
/// handler answers 200 also then. `DNT` and `Sec-GPC` change nothing: the line is about nobody.
pub fn count_view(stage: &str, now: Timestamp, request: &Request, response: &Response) {
    let user_agent = UserAgent::new(request.header("user-agent").unwrap_or_default());
    if !is_page(response) || !is_shown(request) || user_agent.is_program() {
        return;
    }
    let families = [user_agent.browser().counted(), user_agent.device().counted(), user_agent.system().counted()];
    let fields: Vec<_> = VIEW_FIELDS.into_iter().zip(families).collect();
    metric::publish_with(stage, now, &[Metric { name: PAGE_VIEWS, value: 1.0 }], &fields);
}

fn is_page(response: &Response) -> bool {
    let content_type = response.headers().find(|(name, _)| *name == "content-type");
    response.status() == 200 && content_type.is_some_and(|(_, content_type)| content_type.starts_with("text/html"))
}

/// Whether a browser shows the answer now. Browsers without `Sec-Fetch-Dest` do not say what they do with it.
fn is_shown(request: &Request) -> bool {
    let is_ahead = ["sec-purpose", "purpose"].into_iter().any(|name| request.header(name).is_some());
    let is_document = request.header("sec-fetch-dest").is_none_or(|destination| destination == "document");
    request.method() == "GET" && is_document && !is_ahead
}
