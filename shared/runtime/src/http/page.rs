//! Pages for people, in the style of the site and without script: the answers to forms, and errors.
//!
//! They stand alone, so that they can be shown when nothing else works: they name the stylesheet and the icons by fixed
//! addresses, and use nothing of the crate `pages`.

use crate::http::{problem, request::Request, response::Response};
use kernel::Error;

/// The content policy of these pages: they load our style sheet and our icon, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// The route of all paths without a route of their own, as API Gateway names it.
const DEFAULT_ROUTE: &str = "$default";

/// The way on from an error.
const BACK: &str = "Your text is still there: go back in your browser. You can change it and send it again.";
const HOME: &str = "<a href=\"/\">Go to Cinemaxsai</a>";

/// The beginning of the paths of sign-ins, which a browser only opens, and no script of our page calls. Their errors
/// are redirects or pages for people, and problems for programs.
const SIGN_INS: &str = "/v1/login/";

/// The route that links an identity of a partner to the account. A page of ours sends it as a form without fields.
const LINKS: &str = "POST /v1/account/identities/{provider}";

/// Whether the route is one of a sign-in, with any method.
fn is_sign_in(route: &str) -> bool {
    route.split_once(' ').is_some_and(|(_, path)| path.starts_with(SIGN_INS))
}

/// The answers to a request that depend on its `Accept`: a page or a redirect for a person, data for a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dependence {
    /// All: the request is a form.
    All,
    /// Those to a request that is refused.
    Errors,
    /// None.
    None,
}

impl Dependence {
    /// The dependence of the answers to `request`.
    pub(crate) fn of(request: &Request) -> Self {
        let route = request.route();
        match request.is_form() {
            // A partner may answer by a form, and a success is the same redirect for everybody.
            _ if is_sign_in(route) || route == LINKS => Self::Errors,
            true => Self::All,
            false if route == DEFAULT_ROUTE => Self::Errors,
            false => Self::None,
        }
    }

    /// Says in the header `Vary` that the answer depends on `Accept` (RFC 9110 §12.5.5), if it does.
    pub(crate) fn mark(self, response: Response) -> Response {
        let depends = match self {
            Self::All => true,
            Self::Errors => response.code().is_some(),
            Self::None => false,
        };
        if depends { response.header("vary", "accept") } else { response }
    }
}

/// The reader of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A program, also a script of our page. It reads problem documents.
    Program,
    /// A person whose browser has sent a form.
    Writer,
    /// A person whose browser asks for an address that no route has.
    Visitor,
    /// A person who signs in.
    Newcomer,
    /// A person who is signed in, and links an identity of a partner.
    Linker,
}

impl Reader {
    /// The reader of the answer to `request`.
    pub(crate) fn of(request: &Request) -> Self {
        match request.wants_page() {
            true if is_sign_in(request.route()) => Self::Newcomer,
            true if request.route() == LINKS => Self::Linker,
            true if request.is_form() => Self::Writer,
            true if request.route() == DEFAULT_ROUTE => Self::Visitor,
            _ => Self::Program,
        }
    }

    /// The answer to a request that has failed. A page has the status and the headers of the problem
    /// document.
    pub(crate) fn explain(self, error: &Error, request_id: &str) -> Response {
        let problem = problem::document(error, request_id).because(error);
        let (heading, way) = match (self, error) {
            (Self::Program, _) => return problem,
            // The answer to a write may have been lost. The same message again is the same case.
            (Self::Writer, _) if problem.status() >= 500 => ("This may not have been sent", BACK),
            (Self::Writer, _) => ("This was not sent", BACK),
            (Self::Visitor, Error::NoRoute) => ("This page does not exist", HOME),
            (Self::Visitor, _) => ("This page cannot be shown", HOME),
            (Self::Newcomer, _) => ("You are not signed in", HOME),
            (Self::Linker, _) => ("Nothing was linked", HOME),
        };
        let sentence = match (self, error) {
            (Self::Writer, Error::BodyTooLarge { limit }) => {
                format!("Your text is too long: the form may have at most {limit} bytes.")
            }
            (Self::Visitor, Error::NoRoute) => "Check its address.".to_owned(),
            (Self::Newcomer | Self::Linker, Error::NotFound) => "There is no sign-in at this address.".to_owned(),
            _ => error.to_string(),
        };
        let sign = match self {
            Self::Visitor => sign(problem.status()),
            _ => String::new(),
        };
        let request = escaped(request_id);
        let content = format!("<p>{}</p>\n<p>{way}</p>\n<p class=\"meta\">Request {request}</p>", escaped(&sentence));
        problem.into_page(&sign, heading, &content)
    }
}

impl Response {
    /// A page for a browser, in the style of the site. `heading` and `content` are HTML.
    #[must_use]
    pub fn page(status: u16, heading: &str, content: &str) -> Self {
        Self::empty(status).into_page("", heading, content)
    }

    /// The same answer with a page as its body. `sign` stands above the heading.
    fn into_page(self, sign: &str, heading: &str, content: &str) -> Self {
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{heading} · Cinemaxsai</title>\n<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n\
             <link rel=\"stylesheet\" href=\"/site.css\">\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
             <header class=\"bar\">\n<a class=\"mark\" href=\"/\"><svg role=\"img\" aria-label=\"Cinemaxsai, home\">\
             <use href=\"/icons.svg#wordmark\"/></svg></a>\n</header>\n\
             <main id=\"main\" class=\"page blank\">\n{sign}<h1>{heading}</h1>\n{content}\n</main>\n\
             <footer class=\"foot\"><a href=\"/privacy\">Privacy</a><a href=\"/terms\">Terms</a>\
             <a href=\"/legal\">Legal notice</a><a href=\"/contact\">Contact</a><a href=\"/report\">Report a work</a>\
             <a href=\"/status\">Status</a></footer>\n</body>\n</html>\n"
        );
        self.with("text/html; charset=utf-8", page).header("content-security-policy", POLICY)
    }
}

/// The status of an error as a picture that has not developed.
fn sign(status: u16) -> String {
    format!("<div class=\"frame bands\" data-ar=\"21:9\"><p class=\"clock\" aria-hidden=\"true\">{status}</p></div>\n")
}

/// A text as HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    fn request(route: &str, accept: &str, content_type: &str) -> Request {
        let event = json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": "/x",
            "rawQueryString": "",
            "headers": { "accept": accept, "content-type": content_type },
            "requestContext": {
                "accountId": "1", "apiId": "a", "domainName": "d", "domainPrefix": "d", "requestId": "r",
                "routeKey": route, "stage": "$default", "time": "t", "timeEpoch": 0,
                "http": { "method": "POST", "path": "/x", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "u" },
            },
            "body": "",
            "isBase64Encoded": false,
        });
        Request::from_event(&event.to_string()).unwrap()
    }

    #[test]
    fn a_person_reads_a_page_and_a_program_a_problem_document() {
        let (form, html) = ("application/x-www-form-urlencoded", "text/html,*/*;q=0.8");
        for (route, accept, content_type, reader) in [
            ("POST /v1/contact", html, form, Reader::Writer),
            ("POST /v1/contact", "*/*", form, Reader::Program),
            ("POST /v1/contact", html, "application/json", Reader::Program),
            ("GET /v1/account", html, "", Reader::Program),
            ("$default", html, "", Reader::Visitor),
            ("$default", "*/*", "", Reader::Program),
            ("$default", "application/json, text/html;q=0.5", "", Reader::Program),
            ("GET /v1/login/{provider}", html, "", Reader::Newcomer),
            ("HEAD /v1/login/{provider}", html, "", Reader::Newcomer),
            ("GET /v1/login/{provider}/callback", html, "", Reader::Newcomer),
            ("GET /v1/login/{provider}/callback", "application/json", "", Reader::Program),
            ("POST /v1/login/{provider}/callback", html, form, Reader::Newcomer),
            ("POST /v1/login/{provider}/callback", "application/json", form, Reader::Program),
            ("POST /v1/account/identities/{provider}", html, form, Reader::Linker),
            ("POST /v1/account/identities/{provider}", html, "", Reader::Linker),
            ("POST /v1/account/identities/{provider}", "*/*", form, Reader::Program),
            ("DELETE /v1/account/identities/{provider}", html, "", Reader::Program),
        ] {
            let found = Reader::of(&request(route, accept, content_type));
            assert_eq!(found, reader, "{route} {accept} {content_type}");
        }
    }

    #[test]
    fn an_answer_that_depends_on_accept_says_so() {
        let form = "application/x-www-form-urlencoded";
        let (fine, refused) = (Response::empty(200), Reader::Program.explain(&Error::NoRoute, "r"));
        for (route, content_type, of_fine, of_refused) in [
            ("POST /v1/contact", form, true, true),
            ("POST /v1/contact", "application/json", false, false),
            ("$default", "", false, true),
            ("GET /v1/login/{provider}", "", false, true),
            ("HEAD /v1/login/{provider}", "", false, true),
            ("GET /v1/login/{provider}/callback", "", false, true),
            ("POST /v1/login/{provider}/callback", form, false, true),
            ("POST /v1/account/identities/{provider}", form, false, true),
            ("GET /v1/credits", "", false, false),
        ] {
            let dependence = Dependence::of(&request(route, "*/*", content_type));
            let varies = |answer: &Response| {
                dependence.mark(answer.clone()).headers().any(|header| header == ("vary", "accept"))
            };
            assert_eq!((varies(&fine), varies(&refused)), (of_fine, of_refused), "{route} {content_type}");
        }
    }

    #[test]
    fn the_page_of_an_error_keeps_everything_but_the_body() {
        for error in [
            Error::MethodNotAllowed { allow: "GET, HEAD, OPTIONS".to_owned() },
            Error::invalid("text", "Give <1> & \"2\"."),
            Error::NoRoute,
            Error::Unauthenticated,
            Error::unavailable(Duration::from_secs(7), "secret"),
        ] {
            let problem = Reader::Program.explain(&error, "request-1");
            let kept = |response: &Response| -> Vec<(String, String)> {
                let replaced = ["content-type", "content-security-policy"];
                let headers = response.headers().filter(|(name, _)| !replaced.contains(name));
                headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
            };
            for reader in [Reader::Writer, Reader::Visitor, Reader::Newcomer, Reader::Linker] {
                let page = reader.explain(&error, "request-1");
                assert_eq!((page.status(), page.code()), (problem.status(), Some(error.code())), "{reader:?}");
                assert_eq!(kept(&page), kept(&problem), "{reader:?} {error:?}");
                let html = String::from_utf8(page.body().to_vec()).unwrap();
                assert_eq!(html.contains(HOME), reader != Reader::Writer, "{reader:?}: {html}");
                let sentence = match (reader, &error) {
                    (Reader::Visitor, Error::NoRoute) => "Check its address.".to_owned(),
                    _ => escaped(&error.to_string()),
                };
                assert!(html.contains(&format!("<p>{sentence}</p>")), "{html}");
                assert!(!html.contains("<1>") && !html.contains("secret") && !html.contains("<script"), "{html}");
            }
        }
    }
}
