//! The pages of the local partners of sign-in, as a browser passes through them.

use crate::{
    answer::Answer,
    person::{Person, client, location, secret, send},
};
use reqwest::{Method, header::CONTENT_TYPE};
use url::form_urlencoded::{Serializer, parse};

const FORM: &str = "application/x-www-form-urlencoded";

impl Person {
    /// Signs `who` in with a local partner, in this browser.
    pub async fn signed_in_at(mut self, provider: &str, who: &str) -> Result<Self, String> {
        let login = self.get(&format!("/v1/login/{provider}")).await;
        let returned = passed(&mut self, provider, &login, who, &[]).await?;
        location(&returned, &self.base)?;
        let account = self.get("/v1/account").await.when(200)?;
        self.account = account["id"].as_str().unwrap_or_default().to_owned();
        Ok(self)
    }

    /// Links the identity of `who` at a local partner to the account.
    pub async fn links(&mut self, provider: &str, who: &str) -> Result<(), String> {
        self.links_as(provider, who, &[]).await
    }

    /// The same. `chosen` are further fields of the form on the partner's page, such as a name.
    pub async fn links_as(&mut self, provider: &str, who: &str, chosen: &[(&str, &str)]) -> Result<(), String> {
        let begun = self.ask(Method::POST, &format!("/v1/account/identities/{provider}")).await;
        let returned = passed(self, provider, &begun, who, chosen).await?;
        let to = location(&returned, &self.base)?;
        match to.query() {
            Some(query) if query == format!("linked={provider}") => Ok(()),
            _ => Err(format!("{returned}, not linked")),
        }
    }
}

/// Goes from the redirect of `begun` through the partner's page, where `who` signs in, and back to our callback.
/// Returns the answer of the callback. Google and Facebook answer by a redirect, Apple by a page that posts a form.
async fn passed(
    person: &mut Person,
    provider: &str,
    begun: &Answer,
    who: &str,
    chosen: &[(&str, &str)],
) -> Result<Answer, String> {
    secret(who);
    person.keep_cookies(begun);
    let authorize = location(begun, &person.base)?;
    let fields = match provider {
        "google" => vec![("sub", who)],
        _ => vec![("person", who), ("action", "continue")],
    };
    let body = Serializer::new(String::new()).extend_pairs(fields).extend_pairs(chosen).finish();
    let signed_in = client().post(authorize).header(CONTENT_TYPE, FORM).body(body);
    let consent = send(signed_in, format!("the local {provider}")).await;
    let returned = if provider == "apple" {
        let (path, body) = posted(&consent, &person.base)?;
        keep_code_secret(&body);
        let form = person.request(Method::POST, &path).header(CONTENT_TYPE, FORM).body(body);
        send(form, format!("POST {path}")).await
    } else {
        let callback = location(&consent, &person.base)?;
        let query = callback.query().unwrap_or_default();
        keep_code_secret(query);
        person.get(&format!("{}?{query}", callback.path())).await
    };
    person.keep_cookies(&returned);
    Ok(returned)
}

/// The path and the body of the form that a page posts to us.
fn posted(page: &Answer, base: &str) -> Result<(String, String), String> {
    let html = page.text();
    let wrong = || format!("{page}, not a page that posts a form to us");
    let (_, action) = html.split_once("action=\"").ok_or_else(wrong)?;
    let path = action.split('"').next().and_then(|action| action.strip_prefix(base)).ok_or_else(wrong)?;
    let inputs = html.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|input| {
        let (name, rest) = input.split_once("\" value=\"")?;
        Some((name.to_owned(), unescaped(rest.split('"').next()?)))
    });
    let body = Serializer::new(String::new()).extend_pairs(inputs).finish();
    Ok((path.to_owned(), body))
}

/// The text of an attribute.
fn unescaped(attribute: &str) -> String {
    let text = attribute.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

fn keep_code_secret(parameters: &str) {
    if let Some((_, code)) = parse(parameters.as_bytes()).find(|(name, _)| name == "code") {
        secret(&code);
    }
}
