use super::*;
use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// A server without TLS, like the local platform, and the number of connections that it accepted.
fn server() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, taken) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counter = taken.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            counter.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || serve(stream));
        }
    });
    (address, taken)
}

fn serve(mut stream: TcpStream) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        if line.is_empty() && stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").is_err() {
            return;
        }
    }
}

fn ours() -> SharedHttpConnector {
    connector(&AMAZON_ROOTS).unwrap()
}

/// Sends one request as the SDK does. The capture can give the connection up.
async fn get(connector: &SharedHttpConnector, uri: &str) -> Result<CaptureSmithyConnection, ConnectorError> {
    let capture = CaptureSmithyConnection::new();
    let mut request = HttpRequest::get(uri).unwrap();
    request.add_extension(capture.clone());
    let answer = connector.call(request).await?;
    assert_eq!(answer.status().as_u16(), 200);
    let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap();
    assert_eq!(body.to_bytes().as_ref(), b"hi");
    Ok(capture)
}

#[tokio::test]
async fn a_connection_is_kept_until_it_is_given_up() {
    let ((address, taken), connector) = (server(), ours());
    let uri = format!("http://{address}/");
    get(&connector, &uri).await.unwrap();
    let capture = get(&connector, &uri).await.unwrap();
    assert_eq!(taken.load(Ordering::SeqCst), 1, "the second request must use the first one's connection");
    capture.get().unwrap().poison();
    get(&connector, &uri).await.unwrap();
    assert_eq!(taken.load(Ordering::SeqCst), 2, "a connection that was given up must not be used again");
}

#[tokio::test]
async fn a_refused_or_broken_connection_is_an_io_error() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let refuses = closed.local_addr().unwrap();
    drop(closed);
    let closing = TcpListener::bind("127.0.0.1:0").unwrap();
    let breaks_off = closing.local_addr().unwrap();
    thread::spawn(move || closing.incoming().for_each(drop));
    for address in [refuses, breaks_off] {
        let error = get(&ours(), &format!("http://{address}/")).await.unwrap_err();
        assert!(error.is_io(), "the SDK sends again after this: {error:?}");
    }
}

#[tokio::test]
async fn a_handshake_without_an_answer_ends_after_the_limit() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("https://{}/", silent.local_addr().unwrap());
    let ended = tokio::time::timeout(CONNECT_TIMEOUT * 5, get(&ours(), &uri)).await;
    let error = ended.expect("the connector must give up by itself").unwrap_err();
    assert!(error.is_io(), "the SDK sends again after this: {error:?}");
}

/// The fingerprints that Amazon publishes.
#[test]
fn the_roots_are_amazons() {
    let published = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];
    for (root, published) in AMAZON_ROOTS.into_iter().zip(published) {
        let digest = ::ring::digest::digest(&::ring::digest::SHA256, root);
        let found: String = hex::encode(digest);
        assert_eq!(found, published, "take the roots from Amazon's repository");
    }
}
