//! Listening on loopback.

use crate::error::LocalError;
use tokio::net::TcpListener;

/// Listens on a port of 127.0.0.1; 0 is any free one.
///
/// # Errors
/// When the port cannot be used; the message says how to choose another.
pub async fn listen(port: u16) -> Result<TcpListener, LocalError> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        LocalError::new(format!(
            "port {port} cannot be used ({error}). Choose another one: cargo dev --port N, 0 for any"
        ))
    })
}
