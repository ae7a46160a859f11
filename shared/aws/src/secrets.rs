//! Secrets from SSM. A function reads those that it needs once, in init.

use crate::failure::failed;
use kernel::{Error, Result};
use std::{collections::HashMap, fmt};

/// The marks of the first and the last line of a key in PEM (RFC 7468).
const PEM: (&str, &str) = ("-----BEGIN ", "-----END ");

/// A secret: the current value, and the previous one during a rotation.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    current: String,
    previous: Option<String>,
}

impl Secret {
    /// Parses the stored form: the current value on the first line, the previous one on the
    /// second. The lines of a key in PEM are one value.
    #[must_use]
    pub fn parse(stored: &str) -> Self {
        let (mut values, mut is_open) = (Vec::<String>::new(), false);
        for line in stored.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match values.last_mut().filter(|_| is_open) {
                Some(value) => *value = format!("{value}\n{line}"),
                None => values.push(line.to_owned()),
            }
            is_open = (is_open || line.starts_with(PEM.0)) && !line.contains(PEM.1);
        }
        let mut values = values.into_iter();
        Self { current: values.next().unwrap_or_default(), previous: values.next() }
    }

    /// The current value, for new signatures, seals and requests.
    #[must_use]
    pub fn current(&self) -> &str {
        &self.current
    }

    /// The values that are accepted: the current one, then the previous one.
    pub fn accepted(&self) -> impl Iterator<Item = &str> {
        [Some(self.current.as_str()), self.previous.as_deref()].into_iter().flatten()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The secrets that a function asked for.
#[derive(Debug)]
pub struct Secrets(HashMap<String, Secret>);

impl Secrets {
    /// Reads up to ten secrets below `path` in one request.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; `internal` with the name of a missing secret.
    pub async fn read(client: &aws_sdk_ssm::Client, path: &str, names: &[&str]) -> Result<Self> {
        let full = names.iter().map(|name| format!("{path}/{name}")).collect();
        let answer = client.get_parameters().set_names(Some(full)).with_decryption(true).send().await;
        let found = answer.map_err(|error| failed("GetParameters", error))?.parameters.unwrap_or_default();
        let secrets: HashMap<String, Secret> = found
            .into_iter()
            .filter_map(|parameter| {
                let name = parameter.name?.strip_prefix(path)?.trim_start_matches('/').to_owned();
                Some((name, Secret::parse(&parameter.value?)))
            })
            .collect();
        match names.iter().find(|name| secrets.get(**name).is_none_or(|secret| secret.current.is_empty())) {
            Some(missing) => Err(Error::internal(format!("the secret {path}/{missing} is missing"))),
            None => Ok(Self(secrets)),
        }
    }

    /// One of the secrets that were read.
    ///
    /// # Errors
    /// `internal` when it was not asked for.
    pub fn get(&self, name: &str) -> Result<&Secret> {
        self.0.get(name).ok_or_else(|| Error::internal(format!("the secret {name} was not asked for")))
    }

    /// The current value of one of the asked secrets.
    ///
    /// # Errors
    /// `internal` with the name, when it was not asked for.
    pub fn current(&self, name: &str) -> Result<&str> {
        self.get(name).map(Secret::current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_values_are_accepted_during_a_rotation() {
        let secret = Secret::parse("new\nold\n");
        assert_eq!(secret.current(), "new");
        assert_eq!(secret.accepted().collect::<Vec<_>>(), ["new", "old"]);
        assert_eq!(Secret::parse("only").accepted().collect::<Vec<_>>(), ["only"]);
        assert_eq!(format!("{secret:?}"), "Secret(..)", "a secret must not be printed");
    }

    #[test]
    fn a_key_in_pem_is_one_value() {
        let pem = |body: &str| format!("-----BEGIN KEY-----\n{body}\nBBBB\n-----END KEY-----");
        let (new, old) = (pem("AAAA"), pem("CCCC"));
        for stored in [format!("{new}\n{old}\n"), format!("{new}\r\n\r\n{old}"), format!("  {new}\n\n {old}")] {
            let secret = Secret::parse(&stored);
            assert_eq!(secret.accepted().collect::<Vec<_>>(), [new.as_str(), &old], "{stored:?}");
        }
        assert_eq!(Secret::parse(&new).accepted().count(), 1);
        let on_one_line = "-----BEGIN KEY-----AAAA-----END KEY-----";
        assert_eq!(Secret::parse(&format!("{on_one_line}\nold")).accepted().collect::<Vec<_>>(), [on_one_line, "old"]);
    }
}
