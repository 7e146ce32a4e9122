//! What a request says of its sender, how answers are packed, and why none comes.

use std::io::Write as _;
use std::sync::Arc;

use axum::http::header::{ACCEPT_ENCODING, USER_AGENT};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use tokio::net::{TcpListener, TcpSocket};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use usdt_tron::{Endpoint, Node, NodeError};

use crate::fixtures::{BLOCK, BLOCK_ID, assert_senseless};
use crate::scripted_node::{Answer, ScriptedNode};

fn packed(parts: impl IntoIterator<Item = Vec<u8>>) -> Answer {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for part in parts {
        encoder.write_all(&part).unwrap();
    }
    Answer::gzipped(encoder.finish().unwrap())
}

async fn unreachable(url: String) -> String {
    let node = Node::new(&Endpoint::at(url)).unwrap();
    let error = node.solid_block().await.unwrap_err();
    assert!(matches!(error, NodeError::Unreachable(_)), "{error:?}");
    error.to_string()
}

fn block() -> Vec<u8> {
    let block = json!({"blockID": BLOCK_ID, "block_header": {"raw_data": {
        "number": BLOCK, "timestamp": 1_777_445_307_000_i64,
    }}});
    block.to_string().into_bytes()
}

#[tokio::test]
async fn a_request_says_who_asks_and_takes_packed_answers() {
    let node = ScriptedNode::always(packed([block()])).await;
    let client = node.client();
    assert_eq!(client.solid_block().await.unwrap().number, BLOCK);
    let headers = &node.asked()[0].headers;
    let agent = concat!("usdt-gateway/", env!("CARGO_PKG_VERSION"));
    assert_eq!(headers[USER_AGENT], agent);
    assert_eq!(headers[ACCEPT_ENCODING], "gzip");
}

#[tokio::test]
async fn an_answer_that_grows_too_large_when_it_is_unpacked_is_none() {
    let mut parts = vec![vec![b' '; 1 << 20]; 32];
    parts.push(block());
    let node = ScriptedNode::always(packed(parts)).await;
    assert_senseless("a bomb", node.client().solid_block().await);
}

#[tokio::test]
async fn why_no_connection_comes_about_is_told_in_one_sentence() {
    // Kept from everybody else, and nobody listens.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    assert_eq!(
        unreachable(format!("{url}/path?key=1")).await,
        format!("the node cannot be reached: {url}: the connection is refused")
    );
    assert_eq!(
        unreachable("http://node.invalid".to_owned()).await,
        "the node cannot be reached: http://node.invalid: its name is not found"
    );
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_named_as_the_cause() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // The client hangs up.
            let _ = acceptor.accept(stream).await;
        }
    });
    assert_eq!(
        unreachable(url.clone()).await,
        format!(
            "the node cannot be reached: {url}: its certificate is of an authority that this \
             machine does not know"
        )
    );
}
