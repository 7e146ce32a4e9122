//! Limits on connections: how many, and how long a client may take

use std::io::{self, ErrorKind};
use std::time::Duration;

use reqwest::StatusCode;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use usdt_devchain::Transfer;
use usdt_gateway::config::{Limits, Patience};
use usdt_gateway::http::descriptors;

use crate::free_port::free_address;
use crate::logged_process::LoggedProcess;
use crate::patience::patiently;
use crate::site::Site;
use crate::test_gateway::{Setup, TestGateway, pay_amount, transfer_to};

const FOR_EVER: Duration = Duration::from_hours(1);

/// Nobody is cut off.
const PATIENT: Patience = Patience {
    head: FOR_EVER,
    body: FOR_EVER,
    answer: FOR_EVER,
    idle: FOR_EVER,
};

const SOON: Duration = Duration::from_millis(300);

async fn gateway_with(patience: Patience) -> TestGateway {
    TestGateway::start_with(Setup {
        limits: Limits {
            patience,
            ..Limits::default()
        },
        ..Setup::default()
    })
    .await
}

async fn connect(gateway: &TestGateway) -> TcpStream {
    let host = gateway.base_url.strip_prefix("http://").unwrap();
    TcpStream::connect(host).await.unwrap()
}

/// All that comes until the end of the connection.
async fn rest_of(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let reading = async {
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) => break,
                Ok(read) => bytes.extend_from_slice(&buffer[..read]),
                // What was sent in vain makes the end a reset.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
                Err(error) => panic!("{error}"),
            }
        }
    };
    patiently("the end of a connection", reading).await;
    String::from_utf8(bytes).unwrap()
}

/// Sends a byte now and then until the connection ends. Returns what came.
async fn drip(stream: TcpStream) -> String {
    let (mut reader, mut writer) = stream.into_split();
    let dripping = tokio::spawn(async move {
        let mut pace = tokio::time::interval(SOON / 10);
        loop {
            pace.tick().await;
            if writer.write_all(b"x").await.is_err() {
                return;
            }
        }
    });
    let mut bytes = Vec::new();
    let read = async { reader.read_to_end(&mut bytes).await.map(drop) };
    let _: io::Result<()> = patiently("the end of a connection", read).await;
    patiently("the end of what is sent", dripping)
        .await
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

fn assert_is_408(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("x-request-id: "), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["ok"], false);
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_asked_ends_before_and_after_a_request() {
    let gateway = gateway_with(Patience {
        idle: Duration::from_secs(2),
        ..PATIENT
    })
    .await;
    let mut silent = connect(&gateway).await;
    assert_eq!(rest_of(&mut silent).await, "");
    let ask = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";
    let asked = async {
        loop {
            let mut kept = connect(&gateway).await;
            // On a slow machine it may have ended before.
            if kept.write_all(ask).await.is_ok() {
                let answered = rest_of(&mut kept).await;
                if !answered.is_empty() {
                    break answered;
                }
            }
        }
    };
    let answered = patiently("an answer", asked).await;
    assert!(answered.starts_with("HTTP/1.1 200 OK\r\n"), "{answered}");
    assert!(!answered.contains("connection: close"), "{answered}");
}

#[tokio::test]
async fn a_head_has_its_time_however_often_a_byte_of_it_comes() {
    let gateway = gateway_with(Patience {
        head: SOON,
        ..PATIENT
    })
    .await;
    let mut half = connect(&gateway).await;
    half.write_all(b"GET /livez HTTP/1.1\r\nhost:")
        .await
        .unwrap();
    assert_is_408(&rest_of(&mut half).await);
    drip(connect(&gateway).await).await;
    // Also on a connection that was fine before.
    let mut other = connect(&gateway).await;
    other
        .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 15];
    other.read_exact(&mut first).await.unwrap();
    other.write_all(b"GET /").await.unwrap();
    let answered = rest_of(&mut other).await;
    let at = answered.find("HTTP/1.1 408").unwrap();
    assert_is_408(&answered[at..]);
}

#[tokio::test]
async fn a_body_has_its_time_however_often_a_byte_of_it_comes() {
    let gateway = gateway_with(Patience {
        body: SOON,
        ..PATIENT
    })
    .await;
    let head = "POST /api/claim.php HTTP/1.1\r\nhost: x\r\n\
                content-type: application/json\r\ncontent-length: 9999\r\n\r\n{";
    let mut half = connect(&gateway).await;
    half.write_all(head.as_bytes()).await.unwrap();
    assert_is_408(&rest_of(&mut half).await);
    let mut slow = connect(&gateway).await;
    slow.write_all(head.as_bytes()).await.unwrap();
    drip(slow).await;
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let gateway = gateway_with(Patience {
        answer: SOON,
        ..PATIENT
    })
    .await;
    let stream = connect(&gateway).await;
    let (reader, mut writer) = stream.into_split();
    // Far more than the system keeps for somebody who does not read.
    let ask = "GET /v1/widget.js HTTP/1.1\r\nhost: x\r\n\r\n";
    let asking = async { while writer.write_all(ask.as_bytes()).await.is_ok() {} };
    patiently("the end of a connection", asking).await;
    drop(reader);
    let shown = gateway.get("/livez").send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_metrics_port_has_the_same_limits() {
    let site = Site::prepare().await;
    let port = free_address();
    let text = std::fs::read_to_string(&site.config).unwrap();
    let text = format!("metrics_listen = \"{port}\"\n{text}[limits]\nidle_seconds = 1\n");
    std::fs::write(&site.config, text).unwrap();
    let gateway = LoggedProcess::start(&site, "", "").await;
    let mut silent = TcpStream::connect(port).await.unwrap();
    assert_eq!(rest_of(&mut silent).await, "");
    let metrics = site.http.get(format!("http://{port}/metrics"));
    let metrics = metrics.send().await.unwrap();
    assert!(metrics.headers().contains_key("x-request-id"));
    assert_eq!(metrics.status(), StatusCode::OK);
    drop(gateway);
}

/// The version in an answer that has come; `None` where none has.
fn version_of(stream: &TcpStream, buffer: &mut [u8]) -> Option<u64> {
    let read = match stream.try_read(buffer) {
        Ok(read) => read,
        Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
        Err(error) => panic!("{error}"),
    };
    let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    let answer: Value = serde_json::from_str(body).unwrap();
    answer["payment"]["version"].as_u64()
}

/// A hard limit of 300 descriptors leaves 172 connections, of which 129 may be held.
#[tokio::test]
async fn beside_held_requests_and_silent_connections_beyond_every_limit_the_gateway_does_its_work()
{
    descriptors::raise();
    let site = Site::prepare().await;
    let text = std::fs::read_to_string(&site.config).unwrap();
    let text = format!("{text}[limits]\nheld_requests_per_client = 1000\n");
    std::fs::write(&site.config, text).unwrap();
    let limits = "ulimit -Sn 64; ulimit -Hn 300";
    let gateway = LoggedProcess::start(&site, limits, "").await;
    let log = gateway.log();
    assert!(log.contains("before=64 descriptors=300"), "{log}");
    assert!(log.contains("connections=172 held_requests=129"), "{log}");

    let payment = site.try_create(&gateway.url(""), 1).await.unwrap();
    let ask = format!(
        "GET /api/payment-status.php?payment_id={}&wait=25&v=1 HTTP/1.1\r\nhost: x\r\n\r\n",
        payment["payment_id"]
    );
    let mut held = Vec::new();
    for _ in 0..250 {
        let mut stream = TcpStream::connect(&gateway.host).await.unwrap();
        stream.write_all(ask.as_bytes()).await.unwrap();
        held.push(stream);
    }
    let mut buffer = vec![0; 16 << 10];
    let answered = async {
        while held.len() > 129 {
            held.retain(|stream| match version_of(stream, &mut buffer) {
                None => true,
                Some(version) => {
                    assert_eq!(version, 1);
                    false
                }
            });
            tokio::task::yield_now().await;
        }
    };
    patiently("answers to those who are not held", answered).await;

    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(TcpStream::connect(&gateway.host).await.unwrap());
    }
    let health = site.http.get(gateway.url("/livez")).send().await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);
    site.try_create(&gateway.url(""), 2).await.unwrap();
    let exact: Transfer = transfer_to(&payment, pay_amount(&payment));
    site.devchain.transfer(&exact);
    site.devchain.mine(20);
    site.receiver.wait_for(1, |_| true).await;
    for stream in &held {
        let news = async {
            loop {
                stream.readable().await.unwrap();
                if let Some(version) = version_of(stream, &mut buffer) {
                    return version;
                }
            }
        };
        assert!(patiently("the news", news).await > 1);
    }
}

#[tokio::test]
async fn held_requests_of_one_client_are_bounded_and_the_next_is_answered_at_once() {
    let gateway = TestGateway::start_with(Setup {
        limits: Limits {
            held_requests_per_client: 1,
            ..Limits::default()
        },
        ..Setup::default()
    })
    .await;
    let payment = gateway.create("ORDER_1", "50").await;
    let path = format!(
        "/api/payment-status.php?payment_id={}&wait=25",
        payment["payment_id"]
    );
    // Of two, whichever comes second is answered at once, with what is known.
    let ask = || Box::pin(gateway.get(&path).header("if-none-match", "W/\"1\"").send());
    let (at_once, held) = futures_util::future::select(ask(), ask())
        .await
        .factor_first();
    assert_eq!(at_once.unwrap().status(), StatusCode::NOT_MODIFIED);
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(1);
    let news = patiently("the news", held).await.unwrap();
    assert_eq!(news.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_place_of_a_held_request_is_free_once_its_client_is_gone() {
    let gateway = TestGateway::start_with(Setup {
        limits: Limits {
            held_requests_per_client: 1,
            ..Limits::default()
        },
        ..Setup::default()
    })
    .await;
    let payment = gateway.create("ORDER_1", "50").await;
    let ask = format!(
        "GET /api/payment-status.php?payment_id={}&wait=25&v=1 HTTP/1.1\r\nhost: x\r\n\r\n",
        payment["payment_id"]
    );
    let asking = async || {
        let mut stream = connect(&gateway).await;
        stream.write_all(ask.as_bytes()).await.unwrap();
        stream
    };
    // Of two, whichever comes second is answered at once: long before the end of a wait.
    let (one, other) = (asking().await, asking().await);
    let answered = async {
        tokio::select! {
            _ = one.readable() => other,
            _ = other.readable() => one,
        }
    };
    let held = tokio::time::timeout(Duration::from_secs(20), answered);
    drop(held.await.unwrap());
    // Much sooner than the end of its wait.
    let freed = async {
        loop {
            let next = asking().await;
            if tokio::time::timeout(SOON, next.readable()).await.is_err() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), freed)
        .await
        .unwrap();
}

/// Something else than connections has taken them, and gives them back.
#[tokio::test]
async fn a_gateway_without_descriptors_comes_back_when_there_are_some() {
    let site = Site::prepare().await;
    let gateway = LoggedProcess::start(&site, "", "").await;
    let pid = Pid::from_raw(i32::try_from(gateway.child.id()).unwrap()).unwrap();
    let health = || site.http.get(gateway.url("/livez")).send();
    assert_eq!(health().await.unwrap().status(), StatusCode::OK);
    let none = Rlimit {
        current: Some(3),
        // The one that it has from here.
        maximum: getrlimit(Resource::Nofile).maximum,
    };
    let before = prlimit(Some(pid), Resource::Nofile, none).unwrap();
    let mut waiting = TcpStream::connect(&gateway.host).await.unwrap();
    waiting
        .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    gateway.log_with("connections cannot be accepted").await;
    prlimit(Some(pid), Resource::Nofile, before).unwrap();
    let answered = rest_of(&mut waiting).await;
    assert!(answered.starts_with("HTTP/1.1 200 OK\r\n"), "{answered}");
    let told = gateway.log();
    assert_eq!(told.matches("cannot be accepted").count(), 1, "{told}");
}
