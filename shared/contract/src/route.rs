//! One route: a method, a path, and everything that clients may send and will get.

use crate::{
    SchemaOf,
    answer::{Answer, Content, Header, Link},
    parameter::{ABOUT_ACCOUNT, ABOUT_GPC, IdempotencyKey, PageLimit, Parameter, Place},
    problem::problem,
    schema_of,
};
use kernel::RatePolicy;
use schemars::JsonSchema;
use std::collections::BTreeSet;

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

/// The media type of a JSON Merge Patch (RFC 7396).
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";

/// The media type of forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The media type of pages.
pub(crate) const PAGE: &str = "text/html";

/// The callers of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Everybody. An access token is optional, and a wrong one is refused.
    Optional,
    /// People with an access token.
    Protected,
}

/// Whether clients may keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// They may not: `Cache-Control: no-store`.
    Never,
    /// They may, and everybody gets the same answer. It has an `ETag`.
    Public,
}

/// The contract of one route.
#[derive(Debug, Clone)]
pub struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// The name of the operation, if it is not that of the function.
    pub(crate) name: Option<&'static str>,
    pub(crate) summary: &'static str,
    pub(crate) about: &'static str,
    pub(crate) access: Access,
    /// Whether a browser proves its session by the refresh cookie.
    pub(crate) takes_refresh_cookie: bool,
    pub(crate) caching: Caching,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) answers: Vec<Answer>,
    /// Whether browsers get pages instead of problem documents.
    pub(crate) explains_in_pages: bool,
    pub(crate) problems: BTreeSet<&'static str>,
    pub(crate) limits: Vec<RatePolicy>,
}

/// The body of a request.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) is_required: bool,
    pub(crate) schema: SchemaOf,
    pub(crate) media_types: Vec<&'static str>,
}

impl Route {
    /// A route that reads: `GET`. It answers `HEAD` in the same way, without the body.
    #[must_use]
    pub fn get(path: &'static str, summary: &'static str) -> Self {
        Self::new("GET", path, summary)
    }

    /// A route that creates something or starts an action: `POST`.
    #[must_use]
    pub fn post(path: &'static str, summary: &'static str) -> Self {
        Self::new("POST", path, summary)
    }

    /// A route that changes fields: `PATCH`.
    #[must_use]
    pub fn patch(path: &'static str, summary: &'static str) -> Self {
        Self::new("PATCH", path, summary)
    }

    /// A route that removes something: `DELETE`.
    #[must_use]
    pub fn delete(path: &'static str, summary: &'static str) -> Self {
        Self::new("DELETE", path, summary)
    }

    fn new(method: &'static str, path: &'static str, summary: &'static str) -> Self {
        Self {
            method,
            path,
            name: None,
            summary,
            about: "",
            access: Access::Public,
            takes_refresh_cookie: false,
            caching: Caching::Never,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            explains_in_pages: false,
            // Every route may fail, and every outside call may be impossible for a while.
            problems: BTreeSet::from(["internal", "unavailable", "not_acceptable"]),
            limits: Vec::new(),
        }
    }

    /// The name of the operation, in words with hyphens, for the second route of a function. The first one has the
    /// name of the function.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// Further facts beyond the summary, in Markdown.
    #[must_use]
    pub fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// People with an access token may call it.
    #[must_use]
    pub fn protected(self) -> Self {
        Self { access: Access::Protected, ..self }.checks_a_token()
    }

    /// Everybody may call it. A token that is sent must be valid.
    #[must_use]
    pub fn optional_token(self) -> Self {
        Self { access: Access::Optional, ..self }.checks_a_token()
    }

    fn checks_a_token(self) -> Self {
        let of_changes: &[&str] = if self.method == "GET" { &[] } else { &["cross_origin"] };
        self.takes_account().fails(&["unauthenticated"]).fails(of_changes)
    }

    /// The client may name the account for which it makes the request.
    fn takes_account(self) -> Self {
        self.parameter::<String>("X-Account", Place::Header, false, ABOUT_ACCOUNT).fails(&["other_account"])
    }

    /// A browser proves its session by the cookie `__Host-refresh`. Other clients prove it in the body.
    #[must_use]
    pub fn takes_refresh_cookie(self) -> Self {
        Self { takes_refresh_cookie: true, ..self }.takes_account()
    }

    /// Clients may keep the answer.
    #[must_use]
    pub fn cached(self) -> Self {
        let about = "The `ETag` of an answer that the client has, or a list of them. If it still holds, the answer is \
                     304 without a body.";
        Self { caching: Caching::Public, ..self }.parameter::<String>("If-None-Match", Place::Header, false, about)
    }

    /// The route takes note of Global Privacy Control.
    #[must_use]
    pub fn takes_gpc(self) -> Self {
        self.parameter::<String>("Sec-GPC", Place::Header, false, ABOUT_GPC)
    }

    /// A part of the path, the id of an object.
    #[must_use]
    pub fn path<T: JsonSchema>(self, name: &'static str, about: &'static str) -> Self {
        self.parameter::<T>(name, Place::Path, true, about).fails(&["not_found"])
    }

    /// A parameter of the query. It may be left out.
    #[must_use]
    pub fn query<T: JsonSchema>(self, name: &'static str, about: &'static str) -> Self {
        self.parameter::<T>(name, Place::Query, false, about).fails(&["invalid"])
    }

    /// The route answers a list, page by page.
    #[must_use]
    pub fn pages(self) -> Self {
        self.query::<PageLimit>("limit", "The number of items of a page.")
            .query::<String>("cursor", "`next_cursor` of the page before. Left out, the list begins.")
    }

    /// The route requires an `Idempotency-Key`.
    #[must_use]
    pub fn needs_key(self) -> Self {
        self.key(true).fails(&["idempotency_key_required", "idempotency_key_reused"])
    }

    /// The route takes an `Idempotency-Key`.
    #[must_use]
    pub fn takes_key(self) -> Self {
        self.key(false).fails(&["idempotency_key_required", "idempotency_key_reused"])
    }

    fn key(self, is_required: bool) -> Self {
        let about = "Chosen by the client: letters of `A-Z a-z`, digits, `_` and `-`, bare or between two double \
                     quotes. The same request with the same key takes effect once. A key is remembered for 24 hours.";
        self.parameter::<IdempotencyKey>("Idempotency-Key", Place::Header, is_required, about)
    }

    fn parameter<T: JsonSchema>(
        mut self,
        name: &'static str,
        place: Place,
        is_required: bool,
        about: &'static str,
    ) -> Self {
        self.parameters.push(Parameter { name, place, is_required, about, schema: schema_of::<T>() });
        self
    }

    /// The route reads a JSON body.
    #[must_use]
    pub fn reads<T: JsonSchema>(self) -> Self {
        self.body::<T>(true, vec![JSON])
    }

    /// The route reads a JSON body, which may be left out.
    #[must_use]
    pub fn may_read<T: JsonSchema>(self) -> Self {
        self.body::<T>(false, vec![JSON])
    }

    /// The route reads a JSON Merge Patch, under its own media type or under that of JSON.
    #[must_use]
    pub fn reads_merge_patch<T: JsonSchema>(self) -> Self {
        self.body::<T>(true, vec![MERGE_PATCH, JSON])
    }

    /// The route reads a form, as a browser sends it.
    #[must_use]
    pub fn reads_only_form<T: JsonSchema>(self) -> Self {
        self.body::<T>(true, vec![FORM])
    }

    /// The route reads JSON, or a form as a browser sends it.
    #[must_use]
    pub fn reads_form<T: JsonSchema>(self) -> Self {
        self.body::<T>(true, vec![JSON, FORM])
    }

    fn body<T: JsonSchema>(mut self, is_required: bool, media_types: Vec<&'static str>) -> Self {
        self.body = Some(Body { is_required, schema: schema_of::<T>(), media_types });
        self.fails(&["malformed", "body_too_large", "unsupported_media_type", "invalid"])
    }

    /// An answer with a JSON body.
    #[must_use]
    pub fn answers<T: JsonSchema>(self, status: u16, about: &'static str) -> Self {
        self.answers_as(status, about, JSON, Some(schema_of::<T>()))
    }

    /// An answer whose body is JSON with a media type of its own.
    #[must_use]
    pub fn answers_in<T: JsonSchema>(self, status: u16, about: &'static str, media_type: &'static str) -> Self {
        self.answers_as(status, about, media_type, Some(schema_of::<T>()))
    }

    /// The last answer is a page instead if a browser sends a form. So are the problems.
    #[must_use]
    pub fn or_page(mut self) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.contents.push(Content { media_type: PAGE, schema: None });
        }
        Self { explains_in_pages: true, ..self }
    }

    /// A browser that opens the route gets pages instead of problem documents.
    #[must_use]
    pub fn explains_in_pages(self) -> Self {
        Self { explains_in_pages: true, ..self }
    }

    /// An answer with a text of some media type.
    #[must_use]
    pub fn answers_text(self, status: u16, about: &'static str, media_type: &'static str) -> Self {
        self.answers_as(status, about, media_type, None)
    }

    fn answers_as(
        mut self,
        status: u16,
        about: &'static str,
        media_type: &'static str,
        schema: Option<SchemaOf>,
    ) -> Self {
        let content = Content { media_type, schema };
        match self.answers.iter_mut().find(|answer| answer.status == status) {
            Some(answer) => answer.contents.push(content),
            None => {
                let mut answer = Answer::new(status, about);
                answer.contents.push(content);
                self.answers.push(answer);
            }
        }
        self
    }

    /// An answer without a body.
    #[must_use]
    pub fn answers_nothing(mut self, status: u16, about: &'static str) -> Self {
        self.answers.push(Answer::new(status, about));
        self
    }

    /// An answer 303 that sends the browser on.
    #[must_use]
    pub fn redirects(self, about: &'static str) -> Self {
        self.answers_nothing(303, about).with_header("location", "The page to open next.")
    }

    /// The last answer always has this header, in lower case.
    #[must_use]
    pub fn with_header(self, name: &'static str, about: &'static str) -> Self {
        self.header(name, true, about)
    }

    /// The last answer may have this header, in lower case.
    #[must_use]
    pub fn may_have_header(self, name: &'static str, about: &'static str) -> Self {
        self.header(name, false, about)
    }

    fn header(mut self, name: &'static str, is_required: bool, about: &'static str) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.headers.push(Header { name, is_required, about });
        }
        self
    }

    /// The last answer gives the parameter of another operation: `value` is a runtime expression, such as
    /// `$response.body#/id`.
    #[must_use]
    pub fn leads_to(mut self, function: &'static str, parameter: &'static str, value: &'static str) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.links.push(Link { function, parameter, value });
        }
        self
    }

    /// The route counts its requests. The answer to a counted request says how much of the limit is left.
    #[must_use]
    pub fn limited(mut self, policy: RatePolicy) -> Self {
        self.limits.push(policy);
        self.fails(&["too_many_requests"])
    }

    /// The codes of the problems that the route may answer, beside those that its parameters, its body and
    /// its access bring.
    #[must_use]
    pub fn fails(mut self, codes: &[&str]) -> Self {
        self.problems.extend(codes.iter().map(|code| problem(code).code));
        self
    }

    /// The route never answers this problem.
    #[must_use]
    pub fn never(mut self, code: &str) -> Self {
        self.problems.remove(code);
        self
    }

    /// The method and the path, such as `GET /v1/credits`.
    #[must_use]
    pub fn key_of_route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The method, in upper case.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// The path, with its parts in braces.
    #[must_use]
    pub fn path_template(&self) -> &'static str {
        self.path
    }

    /// The callers.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }
}
