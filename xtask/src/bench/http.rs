//! One GET to a server on this machine, its body as it was sent.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use crate::failure::{Failure, Outcome};

pub struct Answer {
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn is_brotli(&self) -> bool {
        self.head
            .to_ascii_lowercase()
            .contains("content-encoding: br")
    }
}

/// HTTP/1.0, so that the body is neither chunked nor followed by anything.
pub fn get(url: &str) -> Outcome<Answer> {
    let refused = || Failure::new(format!("{url} is no URL of a local server"));
    let rest = url.strip_prefix("http://").ok_or_else(refused)?;
    let (host, path) = rest.split_once('/').ok_or_else(refused)?;
    let mut stream = TcpStream::connect(host).map_err(Failure::io(url))?;
    let request = format!(
        "GET /{path} HTTP/1.0\r\nHost: {host}\r\nAccept: text/html\r\nAccept-Encoding: br\r\n\r\n"
    );
    stream
        .write_all(request.as_bytes())
        .map_err(Failure::io(url))?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map_err(Failure::io(url))?;

    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or_else(|| Failure::new(format!("{url} answers without a head")))?;
    let body = bytes.split_off(end + 4);
    let head = String::from_utf8_lossy(&bytes).into_owned();
    if head.split(' ').nth(1) == Some("200") {
        Ok(Answer { head, body })
    } else {
        let line = head.lines().next().unwrap_or_default();
        Err(Failure::new(format!("{url} answers {line}")))
    }
}
