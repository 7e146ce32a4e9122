//! A receiver that answers with given bytes, in given pieces.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What becomes of the connection when the answer is sent.
#[derive(Clone, Copy, PartialEq)]
pub enum Then {
    Close,
    /// Stays open without a word.
    Hold,
    /// Goes on with a byte now and then, for ever.
    Dribble,
}

pub struct RawReceiver {
    pub url: Url,
    connections: Arc<AtomicUsize>,
}

impl RawReceiver {
    pub async fn start(answer: impl Into<Vec<u8>>, then: Then) -> Self {
        // Under all of the machine's own addresses.
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}/hook");
        let answer = answer.into();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(connection, answer.clone(), then));
            }
        });
        Self {
            url: url.parse().unwrap(),
            connections,
        }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut connection: TcpStream, answer: Vec<u8>, then: Then) {
    let mut request = Vec::new();
    // The webhooks' bodies are objects and the only part with braces.
    while !request.ends_with(b"}") {
        match connection.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    if connection.write_all(&answer).await.is_err() {
        return;
    }
    match then {
        Then::Close => {}
        Then::Hold => {
            // Until the other side ends it.
            let _ = connection.read_buf(&mut request).await;
        }
        Then::Dribble => {
            while connection.write_all(b".").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}
