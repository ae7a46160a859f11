//! The part of HTTP/1.1 that the clients of the Runtime API and of the SDK speak (RFC 9112):
//! bodies of a known length or in chunks, and connections that stay open.

use std::io::{self, BufRead, Read, Write};

/// The longest body, in bytes. Ours have a few thousand; a longer one is an error.
const BODY_MAX: usize = 1 << 20;

/// A request, read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// A header; the first if it is repeated.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Reads the next request of a connection. `None` when the client has closed it.
    ///
    /// # Errors
    /// When the connection breaks, or its bytes are no request.
    pub fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(first) = line(from)? else { return Ok(None) };
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Err(broken("no request line")) };
        let mut headers = Vec::new();
        loop {
            let line = line(from)?.ok_or_else(|| broken("the head has no end"))?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| broken("no header line"))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Self { method: method.to_owned(), target: target.to_owned(), headers, body: Vec::new() };
        request.body = match (request.header("transfer-encoding"), request.header("content-length")) {
            (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => chunks(from)?,
            (_, Some(length)) => exactly(from, length.parse().map_err(|_| broken("no length"))?)?,
            _ => Vec::new(),
        };
        Ok(Some(request))
    }
}

/// Writes an answer with `headers` and `body`, in one piece.
///
/// # Errors
/// When the connection breaks.
pub fn answer(to: &mut impl Write, status: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<()> {
    let mut all = format!("HTTP/1.1 {status}\r\n");
    for (name, value) in headers {
        all.push_str(&format!("{name}: {value}\r\n"));
    }
    all.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    let mut all = all.into_bytes();
    all.extend_from_slice(body);
    to.write_all(&all)?;
    to.flush()
}

fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = from.by_ref().take(BODY_MAX as u64).read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn exactly(from: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    if length > BODY_MAX {
        return Err(broken("the body is too long"));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(body)
}

fn chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(from)?.ok_or_else(|| broken("the chunks have no end"))?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| broken("no chunk size"))?;
        if size == 0 {
            break;
        }
        body.extend(exactly(from, size)?);
        line(from)?;
        if body.len() > BODY_MAX {
            return Err(broken("the body is too long"));
        }
    }
    // Trailers, up to the empty line.
    while line(from)?.is_some_and(|line| !line.is_empty()) {}
    Ok(body)
}

fn broken(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_follow_each_other_on_one_connection() {
        let text = "GET /next HTTP/1.1\r\nHost: x\r\n\r\n\
                    POST /a?b=c HTTP/1.1\r\nContent-Length: 5\r\nX-Amz-Target: T.Op\r\n\r\nhello\
                    POST /chunked HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nt: v\r\n\r\n\
                    GET /last HTTP/1.1\r\n\r\n";
        let mut from = text.as_bytes();
        let mut next = || HttpRequest::read(&mut from).unwrap();
        let first = next().unwrap();
        assert_eq!((first.method.as_str(), first.target.as_str(), first.header("host")), ("GET", "/next", Some("x")));
        let second = next().unwrap();
        assert_eq!((second.header("x-amz-target"), second.body.as_slice()), (Some("T.Op"), b"hello".as_slice()));
        assert_eq!(next().unwrap().body, b"hello world");
        assert_eq!(next().unwrap().target, "/last");
        assert_eq!(next(), None, "a closed connection has no more requests");
    }

    #[test]
    fn malformed_requests_are_errors() {
        for text in ["\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nx", "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nx"]
        {
            assert!(HttpRequest::read(&mut text.as_bytes()).is_err(), "{text:?}");
        }
        let long = format!("POST / HTTP/1.1\r\ncontent-length: {}\r\n\r\n", BODY_MAX + 1);
        assert!(HttpRequest::read(&mut long.as_bytes()).is_err());
    }

    #[test]
    fn an_answer_has_a_content_length() {
        let mut wire = Vec::new();
        answer(&mut wire, "200 OK", &[("content-type", "text/plain")], b"hi").unwrap();
        assert_eq!(wire, b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nhi");
    }
}
