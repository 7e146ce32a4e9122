//! What counts as a receiver's answer, and what is kept of it.

use std::time::Duration;

use usdt_gateway::webhooks::sender::{Answer, Limits, Sender};

use super::raw_receiver::{RawReceiver, Then};
use super::wait_for_attempts;
use crate::patience::patiently;
use crate::test_gateway::TestGateway;

/// What a receiver's bytes are to the sender. The time is short only where it is to run out.
async fn answer(bytes: impl Into<Vec<u8>>, then: Then, whole: Duration) -> Answer {
    let receiver = RawReceiver::start(bytes, then).await;
    let limits = Limits {
        whole,
        ..Limits::default()
    };
    let headers = ["a", "b", "c", "d"].map(|name| (name, String::new()));
    let sender = Sender::new(true, limits).unwrap();
    let sent = sender.post(&receiver.url, headers, "{}");
    patiently("an answer", sent).await.unwrap()
}

const LONG: Duration = Duration::from_mins(1);

#[tokio::test]
async fn what_other_clients_take_for_an_answer_is_one() {
    for bytes in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
        "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nOK",
        "HTTP/1.0 200 OK\r\n\r\nOK",
        "HTTP/1.1 200 OK\nConnection: close\n\nOK",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
        "HTTP/1.1 200 OK\r\nX-Spaced : 1\r\nContent-Length: 2\r\n\r\nOK",
        "HTTP/1.1 200 OK\r\nX-Folded: 1\r\n 2\r\nContent-Length: 2\r\n\r\nOK",
        "HTTP/1.1 200 OK\r\nWarning in line 3\r\nContent-Length: 2\r\n\r\nOK",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nOK",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nO\r\n1;x=y\r\nK\r\n0\r\n\r\n",
    ] {
        let heard = answer(bytes, Then::Close, LONG).await;
        let told = (heard.status, heard.excerpt.as_str(), heard.broken);
        assert_eq!(told, (200, "OK", None), "{bytes:?}");
    }
    let many = "X-Many: 1\r\n".repeat(300);
    let heard = answer(format!("HTTP/1.1 204 None\r\n{many}\r\n"), Then::Hold, LONG).await;
    assert_eq!((heard.status, heard.broken), (204, None));
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_never_ends_is_none() {
    // Enough to hear what there is.
    let moment = Duration::from_secs(10);
    let answers = [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nOK",
            Then::Close,
            LONG,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n",
            Then::Close,
            LONG,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nOK",
            Then::Hold,
            moment,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\nOK",
            Then::Dribble,
            moment,
        ),
        ("HTTP/1.0 200 OK\r\n\r\nOK", Then::Dribble, moment),
    ];
    let all = answers.map(async |(bytes, then, time)| {
        let heard = answer(bytes, then, time).await;
        assert_eq!(heard.status, 200, "{bytes:?}");
        assert!(heard.excerpt.starts_with("OK"), "{bytes:?}");
        assert!(heard.broken.is_some(), "{bytes:?}");
    });
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn a_long_answer_is_heard_to_its_end_and_its_beginning_is_kept() {
    let body = "\u{20ac}\n".repeat(50_000);
    let bytes = format!(
        "HTTP/1.1 500 Oops\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let heard = answer(bytes, Then::Hold, LONG).await;
    assert_eq!((heard.status, heard.broken), (500, None));
    assert_eq!(heard.size, u64::try_from(body.len()).unwrap());
    assert!(heard.excerpt.starts_with("\u{20ac} \u{20ac} "));
    assert!((1_000..=1_030).contains(&heard.excerpt.len()));
}

#[tokio::test]
async fn a_webhook_whose_answer_broke_off_is_sent_again_and_its_answer_is_kept() {
    let gateway = TestGateway::start().await;
    let broken = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nmy shop's words\r\n";
    let receiver = RawReceiver::start(broken, Then::Close).await;
    let project = gateway.keys.app_id;
    gateway
        .store
        .set_webhook_url(project, &receiver.url)
        .await
        .unwrap();
    let payment = gateway.paid("ORDER_12345").await;
    wait_for_attempts(&gateway, 1).await;
    let attempts = gateway.database.attempts().await;
    let [kept] = attempts.as_slice() else {
        panic!("{attempts:?}");
    };
    assert_eq!(kept.http_status, Some(200));
    assert_eq!(kept.answer.as_deref(), Some("my shop's words"));
    let cut = |error: &String| error.contains("did not come to its end");
    assert!(kept.error.as_ref().is_some_and(cut), "{kept:?}");
    // The merchant's words are nobody else's business.
    assert!(!gateway.status(&payment).await.to_string().contains("words"));

    let url = gateway.receiver.url.parse().unwrap();
    gateway.store.set_webhook_url(project, &url).await.unwrap();
    gateway.let_pass(300);
    gateway.receiver.wait_for(1, |_| true).await;
}
