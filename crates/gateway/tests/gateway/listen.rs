//! `usdt-gateway listen`

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use usdt_tron::Network;

use crate::merchant::{Receiver, sign, sign_standard};
use crate::patience::patiently;
use crate::test_gateway::{Setup, TestGateway};

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

fn command(gateway: &TestGateway, secret: &str, forward: &str) -> Command {
    let mut command = Command::new(BINARY);
    command
        .args([
            "listen",
            "--gateway",
            &gateway.base_url,
            "--forward",
            forward,
        ])
        .env("API_KEY", &gateway.keys.api_key)
        .env("API_SECRET", secret);
    command
}

/// The command at work, and what it says.
struct Listening {
    child: Child,
    lines: UnboundedReceiver<String>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Listening {
    fn start(gateway: &TestGateway, forward: &str) -> Self {
        let mut command = command(gateway, &gateway.keys.secret, forward);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (say, lines) = unbounded_channel();
        // The gateway runs on this thread.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = say.send(line);
            }
        });
        Self { child, lines }
    }

    async fn line(&mut self) -> String {
        patiently("a line", self.lines.recv()).await.unwrap()
    }
}

#[tokio::test]
async fn new_events_come_to_a_local_url_as_the_gateway_sends_them() {
    let gateway = TestGateway::start().await;
    gateway.paid("ORDER_1").await;
    gateway.receiver.wait_for(1, |_| true).await;
    let local = Receiver::start().await;
    let mut listening = Listening::start(&gateway, &local.url);
    let line = listening.line().await;
    assert!(line.contains(&local.url), "{line}");
    for (order, status) in [("ORDER_2", 200), ("ORDER_3", 501)] {
        local.answer(status);
        let payment = gateway.paid(order).await;
        let of_payment = |all: Vec<crate::merchant::Delivery>| {
            let mut all = all.into_iter();
            all.find(|one| one.json()["payment_id"] == payment["payment_id"])
                .unwrap()
        };
        let is_it =
            |one: &crate::merchant::Delivery| one.json()["payment_id"] == payment["payment_id"];
        let handed_on = of_payment(local.wait_for(1, is_it).await);
        let sent = of_payment(gateway.receiver.wait_for(1, is_it).await);
        assert_eq!(handed_on.body, sent.body);
        for header in ["webhook-id", "x-signature", "content-type"] {
            assert_eq!(handed_on.header(header), sent.header(header));
        }
        let secret = &gateway.keys.secret;
        let standard = sign_standard(secret, &handed_on);
        assert_eq!(handed_on.header("webhook-signature"), standard);
        assert_eq!(
            handed_on.header("x-signature"),
            sign(secret, &handed_on.body)
        );
        let line = listening.line().await;
        for told in [
            sent.header("webhook-id"),
            "payment.paid",
            &status.to_string(),
            " ms",
        ] {
            assert!(line.contains(told), "{line}");
        }
    }
    // Each once, and none of those before.
    assert_eq!(local.deliveries().len(), 2);
}

#[tokio::test]
async fn whoever_may_not_listen_is_told_why() {
    let live = Setup {
        network: Network::Mainnet,
        ..Setup::default()
    };
    let refused = async |gateway: &TestGateway, secret: &str| {
        let mut command = command(gateway, secret, "http://127.0.0.1:9/");
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let gateway = TestGateway::start().await;
    let error = refused(&gateway, "sk_test_other").await;
    assert!(error.contains("Invalid signature"), "{error}");
    let gateway = TestGateway::start_with(live).await;
    let error = refused(&gateway, &gateway.keys.secret).await;
    assert!(error.contains("test project"), "{error}");
    assert_eq!(json!(gateway.receiver.deliveries().len()), 0);
}
