//! The connection to a server breaks when it was told to commit and before the answer has come: what was
//! done is done once, and nobody is told that it is not. These tests need a server: without one, they do
//! nothing.

use std::fs;

use crate::database::on_server;
use crate::line::Line;
use crate::patience::patiently;
use crate::site::Site;
use crate::test_gateway::{pay_amount, transfer_to};

/// Lays a line between a site and its server, if there is one.
async fn lay(site: &Site) -> Option<Line> {
    let url = on_server(site.data.path())?;
    let url = url.reveal();
    let server = format!("{}:{}", url.host_str()?, url.port().unwrap_or(5432));
    let line = Line::to(server.clone()).await;
    let config = fs::read_to_string(&site.config).unwrap();
    assert!(config.contains(&server), "{config}");
    let here = format!("127.0.0.1:{}", line.port);
    fs::write(&site.config, config.replace(&server, &here)).unwrap();
    Some(line)
}

/// Runs a command whose commit gets no answer.
fn run_unanswered(site: &Site, line: &Line, arguments: &[&str]) -> (String, String) {
    line.lose_next_answer();
    let ended = site.command(arguments);
    assert!(!line.keep_answers(), "{ended:?}");
    assert!(!ended.status.success(), "{ended:?}");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let said = text(ended.stderr);
    assert!(said.contains("it may be or not"), "{said}");
    (text(ended.stdout), said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_that_may_be_added_or_not_is_told_of_with_its_keys_and_how_to_find_out() {
    let site = Site::prepare().await;
    let Some(line) = lay(&site).await else {
        return;
    };
    let address = "TPYmHEhy5n8TCEfYGqW2rPxsghSfzghPDn";
    let add = [
        "project",
        "add",
        "--test",
        "--name",
        "Other",
        "--address",
        address,
    ];
    let (told, said) = run_unanswered(&site, &line, &add);
    assert!(said.contains("usdt-gateway address list"), "{said}");
    assert!(told.contains("API secret: sk_test_"), "{told}");

    let text = |arguments: &[&str]| String::from_utf8(site.command(arguments).stdout).unwrap();
    let listed = text(&["address", "list"]);
    assert!(listed.contains(address), "{listed}");
    let shown = text(&["project", "show", "2"]);
    let key = |text: &str| {
        let (_, rest) = text.split_once("API key:").unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(key(&shown), key(&told));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_may_be_rotated_or_not_is_told_of_and_is_the_new_one() {
    let mut site = Site::prepare().await;
    let Some(line) = lay(&site).await else {
        return;
    };
    let (told, said) = run_unanswered(&site, &line, &["project", "rotate-secret", "1"]);
    assert!(said.contains("usdt-gateway audit --project 1"), "{said}");
    let add = ["project", "key", "add", "1", "--label", "Till"];
    let (key, said) = run_unanswered(&site, &line, &add);
    assert!(said.contains("project key list 1"), "{said}");

    let audit = String::from_utf8(site.command(&["audit"]).stdout).unwrap();
    assert_eq!(audit.matches("project rotate-secret").count(), 1, "{audit}");
    assert_eq!(audit.matches("project key add").count(), 1, "{audit}");
    let word = |text: &str, before: &str| {
        let (_, rest) = text.split_once(before).unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    };
    let gateway = site.start();
    site.secret = word(&told, "API secret:");
    site.create(&gateway, 1).await;
    site.api_key = word(&key, "API key:");
    site.secret = word(&key, "API secret:");
    site.create(&gateway, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acceptance_that_may_be_made_or_not_is_told_of_and_is_made_once() {
    let site = Site::prepare().await;
    let Some(line) = lay(&site).await else {
        return;
    };
    let mut gateway = site.start();
    let payment = site.create(&gateway, 1).await;
    let txid = site.devchain.transfer(&transfer_to(&payment, "50"))[0].to_string();
    site.devchain.mine(20);
    let in_review = async {
        while site.database.in_review().await == 0 {
            site.node.arrivals("", 1).await;
        }
    };
    patiently("the transfer to be in review", in_review).await;
    gateway.kill();

    let id = payment["payment_id"].to_string();
    let accept = ["review", "accept", &txid, "--payment", &id, "--yes"];
    let (_, said) = run_unanswered(&site, &line, &accept);
    assert!(said.contains("usdt-gateway review show"), "{said}");
    assert!(said.contains(&txid), "{said}");
    assert_eq!(site.database.paid().await, 1);

    let again = site.command(&accept);
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(said.contains("it belongs to payment"), "{said}");
    assert_eq!(site.database.decisions().await, 1);
    assert_eq!(site.database.webhook_events().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_whose_commits_get_no_answer_now_and_then_doubles_and_loses_nothing() {
    const ORDERS: usize = 6;
    let site = Site::prepare().await;
    let Some(line) = lay(&site).await else {
        return;
    };
    let gateway = site.start();
    for order in 1..=ORDERS {
        line.lose_next_answer();
        let payment = site.create(&gateway, order).await;
        let transfer = transfer_to(&payment, pay_amount(&payment));
        site.devchain.transfer(&transfer);
        line.lose_next_answer();
        site.devchain.mine(20);
        site.wait_until_paid(&gateway, &payment).await;
    }
    let orders = i64::try_from(ORDERS).unwrap();
    assert_eq!(site.database.payments().await, orders);
    assert_eq!(site.database.paid().await, orders);
    assert_eq!(site.database.credited().await, orders);
    assert_eq!(site.database.webhook_events().await, orders);
}
