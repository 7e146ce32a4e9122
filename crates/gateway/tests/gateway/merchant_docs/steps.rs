//! The ten minutes of docs/integrate.md, with each of its shops.

use std::fs;
use std::net::SocketAddr;

use tokio::time::{Duration, sleep};

use super::demo::Demo;
use super::program::{Language, Program};
use super::{documented, is_documented};
use crate::free_port::free_address;
use crate::patience::patiently;

const DEMO: &str = "usdt-gateway demo --webhook-url http://localhost:9000/webhook";
const BUY: &str = "curl -i 'http://localhost:9000/buy?id=shop1-1001-1'";
const ORDER: &str = "curl 'http://localhost:9000/order?id=shop1-1001-1'";

/// Between two looks at the order.
const LOOK: Duration = Duration::from_millis(50);

/// The step, where the shop is at another address.
fn at(address: SocketAddr, step: &str) -> String {
    step.replace("9000", &address.port().to_string())
}

async fn ten_minutes(language: Language) {
    for step in [DEMO, BUY, ORDER, "sh test-pay.sh 6070472267431395"] {
        assert!(is_documented(step), "{step}");
    }
    let address = free_address();
    let demo = Demo::start(&at(address, DEMO.rsplit(' ').next().unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let environment = demo.environment();
    let Some(shop) = Program::start(language, folder.path(), address, &environment).await else {
        return;
    };

    let page = || {
        let answer = demo.printed(folder.path(), &at(address, BUY));
        assert!(answer.contains(" 303 "), "{answer}");
        let location = answer
            .lines()
            .find_map(|line| line.strip_prefix("Location: "));
        location.unwrap().trim().to_owned()
    };
    let first = page();
    let order = || demo.printed(folder.path(), &at(address, ORDER));
    assert_eq!(order(), "not paid yet\n");
    fs::write(folder.path().join("test-pay.sh"), documented("test-pay.sh")).unwrap();
    let (_, payment) = first.rsplit_once("id=").unwrap();
    let answer = demo.printed(folder.path(), &format!("sh test-pay.sh {payment}"));
    assert!(answer.starts_with(r#"{"ok":true,"txids":[""#), "{answer}");
    let paid = async {
        while order() != "paid\n" {
            sleep(LOOK).await;
        }
    };
    patiently("the order to be paid", paid).await;
    // Whoever goes back and buys again comes to the page that says so.
    assert_eq!(page(), first);

    // A shop that begins anew, and counts from the first order on, is not paid by the old payment.
    let (other, elsewhere) = (tempfile::tempdir().unwrap(), free_address());
    let again = Program::start(language, other.path(), elsewhere, &environment).await;
    let answer = demo.printed(other.path(), &at(elsewhere, BUY));
    assert!(answer.contains(" 500 "), "{answer}");
    assert!(!answer.contains("Location"), "{answer}");
    drop((shop, again));
}

#[tokio::test]
async fn a_developer_comes_from_nothing_to_a_tested_payment_in_php() {
    ten_minutes(Language::Php).await;
}

#[tokio::test]
async fn a_developer_comes_from_nothing_to_a_tested_payment_in_node() {
    ten_minutes(Language::Node).await;
}

#[tokio::test]
async fn a_developer_comes_from_nothing_to_a_tested_payment_in_python() {
    ten_minutes(Language::Python).await;
}

#[tokio::test]
async fn a_developer_comes_from_nothing_to_a_tested_payment_in_go() {
    ten_minutes(Language::Go).await;
}
