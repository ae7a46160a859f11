//! Form bodies with brackets, as all of Stripe's clients send them.

use super::problem::StripeProblem;
use bytes::Bytes;
use http::{Request, header};
use std::collections::BTreeMap;

/// Parameters by their names, such as `line_items[0][quantity]`. The parser takes them out
/// one by one; a parameter that is left at the end is unknown.
#[derive(Debug)]
pub(super) struct FormParameters(BTreeMap<String, String>);

impl FormParameters {
    /// The parameters of a body.
    pub fn of_body(request: &Request<Bytes>) -> Result<Self, StripeProblem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form =
            content_type.and_then(|value| value.split(';').next()) == Some("application/x-www-form-urlencoded");
        if !is_form && !request.body().is_empty() {
            return Err(StripeProblem::malformed(
                "Invalid request (check that your POST content type is application/x-www-form-urlencoded).",
            ));
        }
        Self::parse(request.body())
    }

    /// The parameters of a query.
    pub fn of_query(request: &Request<Bytes>) -> Result<Self, StripeProblem> {
        Self::parse(request.uri().query().unwrap_or_default().as_bytes())
    }

    fn parse(encoded: &[u8]) -> Result<Self, StripeProblem> {
        let mut form = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if value.is_empty() {
                let message = format!(
                    "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a \
                     parameter; however '{name}' cannot be unset. You should remove '{name}' from your request or \
                     supply a non-empty value."
                );
                return Err(StripeProblem::invalid(&name, Some("parameter_invalid_empty"), message));
            }
            form.insert(name.into_owned(), value.into_owned());
        }
        Ok(Self(form))
    }

    /// The same text for the same parameters in any order.
    pub fn fingerprint(&self) -> String {
        format!("{:?}", self.0)
    }

    /// Takes a parameter out.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Takes out a required parameter.
    pub fn require(&mut self, name: &str) -> Result<String, StripeProblem> {
        self.take(name).ok_or_else(|| StripeProblem::missing(name))
    }

    /// Takes out a whole number, at least 0.
    pub fn integer(&mut self, name: &str) -> Result<Option<u64>, StripeProblem> {
        let Some(text) = self.take(name) else { return Ok(None) };
        let invalid =
            |_| StripeProblem::invalid(name, Some("parameter_invalid_integer"), format!("Invalid integer: {text}"));
        text.parse().map(Some).map_err(invalid)
    }

    /// Takes out `prefix[key]` for all keys.
    pub fn map(&mut self, prefix: &str) -> Result<BTreeMap<String, String>, StripeProblem> {
        let start = format!("{prefix}[");
        let taken: Vec<_> = self.0.extract_if(.., |name, _| name.starts_with(&start)).collect();
        let mut map = BTreeMap::new();
        for (name, value) in taken {
            let key = name.strip_prefix(&start).and_then(|rest| rest.strip_suffix(']'));
            let key = key.filter(|key| !key.contains(['[', ']'])).ok_or_else(|| StripeProblem::unknown(&name))?;
            map.insert(key.to_owned(), value);
        }
        Ok(map)
    }

    /// Whether a parameter is left below `prefix`.
    pub fn has(&self, prefix: &str) -> bool {
        self.0.keys().any(|name| name.starts_with(prefix))
    }

    /// Fails when a parameter is left.
    pub fn finish(self) -> Result<(), StripeProblem> {
        self.0.keys().next().map_or(Ok(()), |name| Err(StripeProblem::unknown(name)))
    }
}
