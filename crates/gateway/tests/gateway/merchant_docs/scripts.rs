//! The shell scripts of the documents for merchants, by a real shell.

use std::fs;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Duration, sleep};

use super::demo::Demo;
use super::{documented, is_documented};
use crate::merchant::Receiver;
use crate::patience::patiently;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// A demo, and a folder with these scripts.
struct Desk {
    demo: Demo,
    folder: TempDir,
}

impl Desk {
    fn new(receiver: &Receiver, scripts: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for script in scripts {
            fs::write(folder.path().join(script), documented(script)).unwrap();
        }
        let demo = Demo::start(&receiver.url);
        Self { demo, folder }
    }

    /// Runs a line while the receiver, which is on this thread, goes on.
    fn output(&self, line: &str) -> Output {
        tokio::task::block_in_place(|| self.demo.shell(self.folder.path(), line))
    }

    fn printed(&self, line: &str) -> String {
        String::from_utf8(self.output(line).stdout).unwrap()
    }

    fn json(&self, line: &str) -> Value {
        let text = self.printed(line);
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{line}: {text}"))
    }

    /// Creates the payment of an order, and returns its number.
    fn create(&self, order: &str) -> String {
        let answer = self.json(&format!("sh create.sh {order}"));
        assert_eq!(answer["ok"], true, "{answer}");
        answer["payment"]["payment_id"].to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scripts_of_the_reference_create_pay_and_follow_a_payment() {
    let receiver = Receiver::start().await;
    let scripts = [
        "create.sh",
        "status.sh",
        "follow.sh",
        "pay-on-chain.sh",
        "strict.sh",
    ];
    let desk = Desk::new(&receiver, &scripts);
    let payment = desk.create("");
    let status = desk.json(&format!("sh status.sh {payment}"));
    assert_eq!(status["payment"]["order_id"], "ORDER_12345");
    assert_eq!(status["payment"]["status"], "pending");

    desk.output(&format!("sh pay-on-chain.sh {payment}"));
    let told = desk.printed(&format!("sh follow.sh {payment}"));
    assert!(told.ends_with("paid 19/19\n"), "{told}");
    let webhook = receiver.wait_for(1, |_| true).await.remove(0);
    assert_eq!(webhook.json()["payment_id"].to_string(), payment);

    // Funds count from now on, and this account has some.
    let account = status["payment"]["address"].as_str().unwrap();
    desk.output(&format!("sh strict.sh {account}"));
    let ask = format!(
        "curl -sS \"$NODE/wallet/getaccount\" --data-raw '{{\"address\": \"{account}\", \"visible\": true}}'"
    );
    assert_eq!(desk.json(&ask)["balance"], 30_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_ticks_what_is_missing_before_going_live() {
    let receiver = Receiver::start().await;
    let desk = Desk::new(
        &receiver,
        &["create.sh", "test-pay.sh", "api.sh", "go-live.sh"],
    );
    let output = desk.output("sh go-live.sh");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success(), "{told}");
    for code in ["test_mode", "no_webhook_delivered", "no_payment_paid"] {
        assert!(told.contains(&format!("[ ] {code}: ")), "{told}");
    }
    let payment = desk.create("ORDER_1");
    let answer = desk.json(&format!("sh test-pay.sh {payment}"));
    assert_eq!(answer["ok"], true, "{answer}");
    receiver.wait_for(1, |_| true).await;
    let told = desk.printed("sh go-live.sh");
    assert!(!told.contains("no_payment_paid"), "{told}");

    // A refusal is not taken for a project that lacks nothing, nor is silence.
    for line in [
        "API_KEY=pk_wrong sh go-live.sh",
        "GATEWAY=http://127.0.0.1:1 sh go-live.sh",
    ] {
        let output = desk.output(line);
        assert!(!output.status.success(), "{line}");
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(!told.contains("[x]"), "{line}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_is_found_out_by_the_documented_calls() {
    let receiver = Receiver::start().await;
    receiver.answer(500);
    let desk = Desk::new(&receiver, &["create.sh", "test-pay.sh", "api.sh"]);
    let payment = desk.create("ORDER_1");
    desk.output(&format!("sh test-pay.sh {payment}"));
    let webhook = receiver.wait_for(1, |_| true).await.remove(0);
    let event = webhook.header("webhook-id");
    let noted = async {
        let ask = format!("sh api.sh GET /api/v1/events/{event}");
        while desk.json(&ask)["event"]["deliveries"][0].is_null() {
            sleep(LOOK).await;
        }
    };
    patiently("the attempt to be noted", noted).await;
    receiver.answer(200);

    let blocks = include_str!("../../../../../docs/webhooks.md");
    let blocks = blocks.split("```").skip(1).step_by(2);
    let calls = blocks
        .filter_map(|block| block.strip_prefix("sh\n"))
        .flat_map(str::lines);
    let mut ran = 0;
    for call in calls {
        let answer = desk.json(&format!("export EVENT_ID={event}; {call}"));
        assert_eq!(answer["ok"], true, "{call}: {answer}");
        ran += 1;
    }
    assert_eq!(ran, 4);
    let webhooks = receiver.wait_for(3, |_| true).await;
    let again = webhooks.iter().filter(|one| one.body == webhook.body);
    assert_eq!(again.count(), 2, "the resent one, besides the test");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_takes_prices_in_the_currencies_that_the_documents_name() {
    let receiver = Receiver::start().await;
    let desk = Desk::new(&receiver, &["create.sh"]);
    let script = documented("create.sh");
    for (currency, amount) in [("EUR", "54.25"), ("USD", "50.00")] {
        assert!(is_documented(&format!("`{currency}`")));
        let price = format!(r#""price_amount":"50.00","price_currency":"{currency}""#);
        let priced = script.replace(r#""amount":"50.00""#, &price);
        assert_ne!(priced, script);
        fs::write(desk.folder.path().join("priced.sh"), priced).unwrap();
        let answer = desk.json(&format!("sh priced.sh {currency}"));
        assert_eq!(answer["payment"]["amount"], amount, "{answer}");
    }
}
