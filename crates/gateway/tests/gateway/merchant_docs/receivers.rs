//! The receivers in the shops of docs/integrate.md, under real PHP, Node.js, Python and Go.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::program::{Language, Program};
use crate::database::documented_shop;
use crate::free_port::free_address;
use crate::merchant::sign;
use crate::patience::patiently;

const SECRET: &str = "sk_test_documented";
const PAYMENT: u64 = 6_070_472_267_431_395;

/// A shop with orders of 50.00, and the receiver of one language.
struct Shop {
    folder: TempDir,
    url: String,
    language: Language,
    http: Client,
    _program: Program,
}

impl Shop {
    /// `None` where the language is not installed.
    async fn open(language: Language) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path());
        let orders = ["ORDER_1", "ORDER_2", "ORDER_3"];
        if language.has_sqlite() {
            documented_shop::create(&database, &orders, PAYMENT).await;
        } else {
            let order = || json!({"payment_id": PAYMENT, "amount": "50.00"});
            let orders: serde_json::Map<_, _> = orders
                .map(|id| (id.to_owned(), order()))
                .into_iter()
                .collect();
            let shop = json!({"orders": orders, "unbooked": []});
            fs::write(&database, shop.to_string()).unwrap();
        }
        let address = free_address();
        let environment = [
            ("SHOP_DATABASE", database.to_str().unwrap()),
            ("API_SECRET", SECRET),
        ];
        let program = Program::start(language, folder.path(), address, &environment).await?;
        Some(Self {
            folder,
            url: format!("http://{address}/webhook"),
            language,
            http: Client::new(),
            _program: program,
        })
    }

    async fn post(&self, body: impl Into<Vec<u8>>, signature: &[u8]) -> u16 {
        let request = self.http.post(&self.url).header("x-signature", signature);
        let sent = request.body(body.into()).send();
        patiently("an answer", sent)
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    async fn receive(&self, body: &str) -> u16 {
        self.post(body, sign(SECRET, body).as_bytes()).await
    }

    /// How many orders are paid, and why the others were written down.
    async fn books(&self) -> (usize, Vec<String>) {
        if !self.language.has_sqlite() {
            let text = fs::read_to_string(database(self.folder.path())).unwrap();
            let shop: Value = serde_json::from_str(&text).unwrap();
            let paid = shop["orders"].as_object().unwrap().values();
            let unbooked = shop["unbooked"].as_array().unwrap();
            let reasons = unbooked
                .iter()
                .map(|one| one[0].as_str().unwrap().to_owned());
            return (
                paid.filter(|one| one["paid"] == true).count(),
                reasons.collect(),
            );
        }
        documented_shop::books(&database(self.folder.path())).await
    }
}

fn database(folder: &Path) -> PathBuf {
    folder.join("orders")
}

fn event(order: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut event = json!({
        "payment_id": PAYMENT, "app_id": 45, "order_id": order, "status": "paid",
        "amount": "50.00", "pay_amount": "50.054200", "currency": "USDT", "network": "TRC20",
        "txid": "4f0c", "paid_at": "2026-07-01 18:04:12",
    });
    change(&mut event);
    event.to_string()
}

/// An event of another type about an order that is not paid.
fn besides(kind: &str) -> String {
    event("ORDER_3", |event| {
        let fields = event.as_object_mut().unwrap();
        fields.remove("status");
        fields.insert("type".to_owned(), kind.into());
    })
}

async fn the_receiver_books_what_is_due_and_writes_down_the_rest(language: Language) {
    let Some(shop) = Shop::open(language).await else {
        return;
    };
    let good = event("ORDER_1", |_| ());
    let bytes = "\u{e9}".as_bytes();
    for signature in [
        sign("sk_test_other", &good).as_bytes(),
        b"",
        b"no hex",
        bytes,
    ] {
        assert_eq!(shop.post(good.as_str(), signature).await, 401);
    }
    assert_eq!(shop.books().await, (0, vec![]));

    // The second is a repeat.
    for _ in 0..2 {
        assert_eq!(shop.receive(&good).await, 200);
        assert_eq!(shop.books().await, (1, vec![]));
    }
    let late = event("ORDER_2", |event| event["late"] = true.into());
    let mut expected = Vec::new();
    for (body, reason) in [
        (late, "booked, but late"),
        (event("ORDER_9", |_| ()), "unknown order"),
        (
            event("ORDER_3", |event| event["payment_id"] = 7.into()),
            "another payment",
        ),
        (
            event("ORDER_3", |event| event["amount"] = "49.00".into()),
            "another amount",
        ),
        (
            event("ORDER_3", |event| {
                event["received_amount"] = "49.054200".into();
            }),
            "another amount",
        ),
        (
            event("ORDER_3", |event| event["status"] = "other".into()),
            "no event that is known",
        ),
        // What a project can ask for besides.
        (besides("payment.expired"), "no event that is known"),
        (besides("payment.review"), "no event that is known"),
        (besides("payment.seen"), "no event that is known"),
        ("[]".to_owned(), "no event that is known"),
        ("null".to_owned(), "no event that is known"),
    ] {
        assert_eq!(shop.receive(&body).await, 200, "{body}");
        expected.push(reason.to_owned());
        assert_eq!(shop.books().await, (2, expected.clone()), "{body}");
    }
    for body in ["{", ""] {
        assert_eq!(shop.receive(body).await, 200, "{body}");
    }
    let (paid, reasons) = shop.books().await;
    assert_eq!((paid, reasons.len()), (2, expected.len() + 2));
}

#[tokio::test]
async fn the_documented_receiver_in_php_books_what_is_due_and_writes_down_the_rest() {
    the_receiver_books_what_is_due_and_writes_down_the_rest(Language::Php).await;
}

#[tokio::test]
async fn the_documented_receiver_in_node_books_what_is_due_and_writes_down_the_rest() {
    the_receiver_books_what_is_due_and_writes_down_the_rest(Language::Node).await;
}

#[tokio::test]
async fn the_documented_receiver_in_python_books_what_is_due_and_writes_down_the_rest() {
    the_receiver_books_what_is_due_and_writes_down_the_rest(Language::Python).await;
}

#[tokio::test]
async fn the_documented_receiver_in_go_books_what_is_due_and_writes_down_the_rest() {
    the_receiver_books_what_is_due_and_writes_down_the_rest(Language::Go).await;
}
