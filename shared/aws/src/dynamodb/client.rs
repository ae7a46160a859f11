//! The client of DynamoDB.

use crate::dynamodb::item::Item;
use aws_sdk_dynamodb::Client;
use std::time::Duration;

/// Longest time that [`Dynamo::warm`] may take. It only saves time for the first request, so it
/// must not delay init.
const WARM_TIMEOUT: Duration = Duration::from_secs(1);

/// DynamoDB. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dynamo(Client);

impl Dynamo {
    pub(crate) fn new(client: Client) -> Self {
        Self(client)
    }

    /// The SDK's client, for stores that need an operation that this crate does not offer.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0
    }

    /// Opens the connection to DynamoDB before the first request needs it. It sends a health
    /// check, which needs no permission and no capacity. Errors are ignored, because the first
    /// request reports them.
    pub async fn warm(&self) {
        let ping =
            self.0.get_item().table_name("none").set_key(Some(Item::new())).customize().mutate_request(|request| {
                let _ = request.set_method("GET");
                let _ = request.set_uri(format!("{}/sping", origin(request.uri())));
            });
        let _ = tokio::time::timeout(WARM_TIMEOUT, ping.send()).await;
    }
}

/// The scheme and the authority of a URI.
fn origin(uri: &str) -> &str {
    let authority = uri.find("://").map_or(0, |scheme| scheme + 3);
    let path = uri.get(authority..).and_then(|rest| rest.find('/'));
    path.and_then(|path| uri.get(..authority + path)).unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_ends_before_the_path() {
        for uri in [
            "https://dynamodb.eu-central-1.amazonaws.com",
            "https://dynamodb.eu-central-1.amazonaws.com/",
            "https://dynamodb.eu-central-1.amazonaws.com/a/b",
        ] {
            assert_eq!(origin(uri), "https://dynamodb.eu-central-1.amazonaws.com");
        }
    }
}
