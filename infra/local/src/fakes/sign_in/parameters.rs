//! The parameters of a query or of a form.

use bytes::Bytes;
use http::{Request, header};
use std::collections::BTreeMap;

/// Parameters by their names. A parameter without a value counts as left out (RFC 6749, section
/// 3.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(BTreeMap<String, String>);

/// A reason why parameters cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ParameterFault {
    /// The body is no form.
    NoForm,
    /// The parameter of this name occurs twice.
    Repeated(String),
}

impl Parameters {
    /// The parameters of the query.
    pub fn of_query(request: &Request<Bytes>) -> Result<Self, ParameterFault> {
        Self::parse(request.uri().query().unwrap_or_default().as_bytes())
    }

    /// The parameters of a form body.
    pub fn of_form(request: &Request<Bytes>) -> Result<Self, ParameterFault> {
        if !is_form(request) {
            return Err(ParameterFault::NoForm);
        }
        Self::parse(request.body())
    }

    /// The parameters of an encoded text.
    pub fn parse(encoded: &[u8]) -> Result<Self, ParameterFault> {
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if parameters.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(ParameterFault::Repeated(name.into_owned()));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    /// The parameters of both.
    pub fn joined(self, other: Self) -> Result<Self, ParameterFault> {
        let mut all = self.0;
        for (name, value) in other.0 {
            if all.insert(name.clone(), value).is_some() {
                return Err(ParameterFault::Repeated(name));
            }
        }
        Ok(Self(all))
    }

    /// A parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter, or the empty text.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

/// Whether the body of a request is a form.
pub(crate) fn is_form(request: &Request<Bytes>) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.and_then(|value| value.split(';').next()).map(str::trim) == Some("application/x-www-form-urlencoded")
}
