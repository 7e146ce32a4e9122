//! Payments that are priced in another currency.

use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use usdt_gateway::config::{RateConfig, RateSource};
use usdt_gateway::payments::price::Margin;
use usdt_protocol::UtcTime;

use crate::commands::{refused, run, told};
use crate::patience::patiently;
use crate::test_gateway::{START, Setup, TestGateway, WINDOW_SECONDS, author, json_of, pay_amount};

const AGE: u64 = 3_600;

fn fixed(currency: &str, rate: &str, margin: &str) -> RateConfig {
    RateConfig {
        currency: currency.parse().unwrap(),
        source: RateSource::Fixed {
            rate: rate.parse().unwrap(),
            since: START.parse::<UtcTime>().unwrap(),
        },
        margin: margin.parse::<Margin>().unwrap(),
        largest_age: Duration::from_secs(AGE),
    }
}

async fn priced(rates: Vec<RateConfig>) -> TestGateway {
    let codes: BTreeSet<_> = rates.iter().map(|rate| rate.currency).collect();
    let setup = Setup {
        rates,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let id = gateway.keys.app_id;
    gateway
        .store
        .set_currencies(id, &codes, &author())
        .await
        .unwrap();
    gateway
}

async fn create(gateway: &TestGateway, body: &Value) -> (u16, Value) {
    let response = gateway
        .create_request(&body.to_string())
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), json_of(response).await)
}

fn order(order: &str, amount: &str, currency: &str) -> Value {
    json!({"order_id": order, "price_amount": amount, "price_currency": currency})
}

#[tokio::test]
async fn a_price_becomes_usdt_by_a_rate_that_stays_with_the_payment() {
    let gateway = priced(vec![fixed("EUR", "1.0850", "1.5"), fixed("USD", "1", "0")]).await;
    let (status, answer) = create(&gateway, &order("A", "49.90", "EUR")).await;
    assert_eq!(status, 200, "{answer}");
    let payment = &answer["payment"];
    // 49.90 * 1.0850 * 1.015 = 54.954...
    assert_eq!(payment["amount"], "54.96");
    assert_eq!(payment["currency"], "USDT");
    let price = json!({
        "amount": "49.90", "currency": "EUR", "rate": "1.0850", "margin_percent": "1.50",
        "rated_at": START,
    });
    assert_eq!(payment["price"], price);
    assert_eq!(gateway.status(payment).await["price"], price);
    let page = gateway.get(&format!("/pay/?id={}", payment["payment_id"]));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("49.90 EUR"), "{page}");
    assert!(page.contains("1 EUR = 1.0850 USDT + 1.50\u{a0}%"), "{page}");

    gateway.transfer(payment, pay_amount(payment));
    gateway.make_solid();
    let paid = gateway
        .status_when(payment, |payment| payment["status"] == "paid")
        .await;
    assert_eq!(paid["price"], price);
    // The published body knows USDT only.
    let webhook = gateway
        .receiver
        .wait_for(1, |_| true)
        .await
        .remove(0)
        .json();
    assert_eq!(
        (&webhook["amount"], &webhook["price"]),
        (&json!("54.96"), &Value::Null)
    );

    let (_, answer) = create(&gateway, &order("B", "49.90", "USD")).await;
    assert_eq!(answer["payment"]["amount"], "49.90");
}

#[tokio::test]
async fn an_order_has_one_payment_for_its_price_whatever_the_rate_has_become() {
    let gateway = priced(vec![
        fixed("EUR", "1.0850", "0"),
        fixed("USD", "1.0850", "0"),
    ])
    .await;
    let (_, first) = create(&gateway, &order("A", "49.90", "EUR")).await;
    let (_, usual) = create(&gateway, &json!({"order_id": "U", "amount": "54.15"})).await;
    let id = |answer: &Value| answer["payment"]["payment_id"].clone();
    let paid = &first["payment"];
    gateway.transfer(paid, pay_amount(paid));
    gateway.make_solid();
    gateway
        .status_when(paid, |payment| payment["status"] == "paid")
        .await;
    for (body, code) in [
        (order("A", "49.91", "EUR"), "order_id_conflict"),
        (order("A", "49.90", "USD"), "order_id_conflict"),
        (order("U", "49.90", "EUR"), "order_id_conflict"),
    ] {
        let (status, answer) = create(&gateway, &body).await;
        assert_eq!((status, &answer["code"]), (409, &json!(code)), "{body}");
    }
    assert_eq!(
        id(&create(&gateway, &order("A", "49.9", "EUR")).await.1),
        id(&first)
    );
    let same = create(&gateway, &json!({"order_id": "U", "amount": "54.15"})).await;
    assert_eq!(id(&same.1), id(&usual));

    // The rate is too old by now: nothing new is made, and what there is stands.
    gateway.let_pass(AGE);
    assert_eq!(
        id(&create(&gateway, &order("A", "49.90", "EUR")).await.1),
        id(&first)
    );
    let (status, answer) = create(&gateway, &order("C", "49.90", "EUR")).await;
    assert_eq!((status, &answer["code"]), (503, &json!("rate_unavailable")));
    assert_eq!(gateway.database.amounts_held().await, 2);
}

#[tokio::test]
async fn what_is_wrong_about_a_price_is_named() {
    let gateway = priced(vec![
        fixed("EUR", "1.0850", "0"),
        fixed("BTC", "1000000", "0"),
    ])
    .await;
    for (body, error) in [
        (json!({"order_id": "A"}), "missing_field"),
        (
            json!({"order_id": "A", "price_amount": "5"}),
            "missing_field",
        ),
        (
            json!({"order_id": "A", "price_currency": "EUR"}),
            "missing_field",
        ),
        (
            json!({"order_id": "A", "amount": "5", "price_amount": "5", "price_currency": "EUR"}),
            "amount_and_price",
        ),
        (order("A", "5", "eur"), "invalid_currency"),
        (order("A", "5", "GBP"), "invalid_currency"),
        (order("A", "5,00", "EUR"), "invalid_amount"),
        (order("A", "0", "EUR"), "amount_not_positive"),
        (order("A", "1000000000", "BTC"), "price_out_of_bounds"),
    ] {
        let (status, answer) = create(&gateway, &body).await;
        assert_eq!((status, &answer["code"]), (422, &json!(error)), "{body}");
    }
    assert_eq!(gateway.database.amounts_held().await, 0);
}

/// A source of rates.
struct Source {
    url: String,
    answer: Arc<Mutex<(StatusCode, String)>>,
}

impl Source {
    async fn start() -> Self {
        let answer = Arc::new(Mutex::new((StatusCode::OK, String::new())));
        let said = Arc::clone(&answer);
        let router = Router::new().route(
            "/rates",
            get(move || async move { said.lock().unwrap().clone() }),
        );
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/rates", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, answer }
    }

    fn says(&self, status: StatusCode, body: &str) {
        *self.answer.lock().unwrap() = (status, body.to_owned());
    }

    fn config(&self, pointer: &str, inverted: bool) -> RateConfig {
        RateConfig {
            source: RateSource::Url {
                url: self.url.parse().unwrap(),
                pointer: pointer.to_owned(),
                inverted,
            },
            ..fixed("EUR", "1", "0")
        }
    }
}

#[tokio::test]
async fn a_rate_comes_from_its_source_and_is_used_while_it_is_young() {
    let source = Source::start().await;
    source.says(StatusCode::OK, r#"{"rates": {"EUR": 0.8}}"#);
    let gateway = priced(vec![source.config("/rates/EUR", true)]).await;
    let created = async {
        loop {
            let (status, answer) = create(&gateway, &order("A", "50", "EUR")).await;
            if status == 200 {
                break answer;
            }
            assert_eq!(answer["code"], "rate_unavailable");
            tokio::task::yield_now().await;
        }
    };
    let answer = patiently("a rate", created).await;
    assert_eq!(answer["payment"]["amount"], "62.50");
    assert_eq!(answer["payment"]["price"]["rate"], "1.2500");
    source.says(StatusCode::INTERNAL_SERVER_ERROR, "");
    gateway.let_pass(AGE + 60);
    gateway.catch_up().await;
    let (status, answer) = create(&gateway, &order("B", "50", "EUR")).await;
    assert_eq!((status, &answer["code"]), (503, &json!("rate_unavailable")));
}

#[tokio::test]
async fn a_source_that_lies_or_is_private_gives_no_rate() {
    for (body, pointer) in [
        (r#"{"EUR": -1.2}"#, "/EUR"),
        (r#"{"EUR": 0}"#, "/EUR"),
        (r#"{"EUR": null}"#, "/EUR"),
        (r#"{"EUR": "1.2 "}"#, "/EUR"),
        (r#"{"USD": 1.2}"#, "/EUR"),
        ("<html>", "/EUR"),
    ] {
        let source = Source::start().await;
        source.says(StatusCode::OK, body);
        let rates =
            usdt_gateway::rates::Rates::new(&[source.config(pointer, false)], true).unwrap();
        let error = rates.ask_once("EUR".parse().unwrap()).await.unwrap_err();
        assert!(
            error.to_string().contains("no rate at /EUR"),
            "{body}: {error}"
        );
    }
    let source = Source::start().await;
    source.says(StatusCode::OK, r#"{"EUR": 1.2}"#);
    let config = source.config("/EUR", false);
    let guarded = usdt_gateway::rates::Rates::new(&[config], false).unwrap();
    let error = guarded.ask_once("EUR".parse().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("private"), "{error}");
}

#[tokio::test]
async fn the_operator_allows_currencies_that_have_a_rate() {
    let gateway = TestGateway::start().await;
    let config = gateway.data_dir().join("gateway.toml");
    let mut text = fs::read_to_string(&config).unwrap();
    text.push_str("[rates.EUR]\nfixed = \"1.0850\"\nsince = \"2026-07-01\"\n");
    fs::write(&config, text).unwrap();
    let command = |rest: &[&'static str]| [&["project", "currencies", "1"], rest].concat();
    let none = run(&gateway, &command(&[])).await;
    assert!(none.contains("Project 1 prices in USDT only."), "{none}");
    let added = run(&gateway, &command(&["--add", "EUR"])).await;
    assert!(added.contains("Project 1 prices in USDT, EUR."), "{added}");
    let error = refused(&gateway, &command(&["--add", "GBP"])).await;
    assert!(error.contains("add [rates.GBP]"), "{error}");
    let error = refused(&gateway, &command(&["--remove", "GBP"])).await;
    assert!(error.contains("not among"), "{error}");
    let removed = run(&gateway, &command(&["--remove", "EUR"])).await;
    assert!(removed.contains("USDT only"), "{removed}");
    let log = told(&gateway, &["audit"]).await;
    assert!(log.to_string().contains("project currencies"), "{log}");
}

#[tokio::test]
async fn an_expired_order_is_priced_anew() {
    let gateway = priced(vec![fixed("EUR", "1.0850", "0")]).await;
    let (_, first) = create(&gateway, &order("A", "49.90", "EUR")).await;
    gateway.let_pass(WINDOW_SECONDS + 120);
    gateway
        .status_when(&first["payment"], |payment| payment["status"] == "expired")
        .await;
    let (status, second) = create(&gateway, &order("A", "59.90", "EUR")).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(
        second["payment"]["payment_id"],
        first["payment"]["payment_id"]
    );
}
