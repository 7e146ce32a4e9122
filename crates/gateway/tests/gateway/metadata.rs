//! What a merchant keeps with its payments for itself.

use serde_json::{Value, json};
use usdt_gateway::payments::event_type::EventType;

use crate::merchant::sign;
use crate::test_gateway::{TestGateway, WINDOW_SECONDS, author, json_of, pay_amount, published};

/// The status and the answer of a create with metadata.
async fn create(gateway: &TestGateway, order: &str, metadata: &Value) -> (u16, Value) {
    let body = json!({"order_id": order, "amount": "50", "metadata": metadata}).to_string();
    let response = gateway.create_request(&body).send().await.unwrap();
    (response.status().as_u16(), json_of(response).await)
}

/// The text of an answer to the gateway's own project.
async fn own(gateway: &TestGateway, path: &str) -> String {
    let request = gateway
        .get(path)
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign(&gateway.keys.secret, ""));
    request.send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn only_the_project_sees_it_and_never_where_a_payment_is_told() {
    let gateway = TestGateway::start().await;
    let asked = |settings: &mut usdt_gateway::store::Settings| {
        settings.events = EventType::asked_for(["payment.seen", "payment.review"]).unwrap();
    };
    let by = author();
    let changed = gateway
        .store
        .change_settings(gateway.keys.app_id, asked, (&by).into());
    assert!(changed.await.unwrap());
    // In another order than that of the alphabet, which stays.
    let metadata = json!({"cart": "S3CRET-7", "buyer": "é \u{1f600}\n\u{0}", "status": "paid"});
    let (status, answer) = create(&gateway, "ORDER_1", &metadata).await;
    assert_eq!(status, 200, "{answer}");
    let payment = &answer["payment"];
    assert_eq!(payment["metadata"], metadata);
    let id = &payment["payment_id"];
    for path in [
        format!("/api/payment-status.php?payment_id={id}"),
        "/api/payment-status.php?order_id=ORDER_1".to_owned(),
        "/api/v1/payments".to_owned(),
        format!("/api/v1/payments/{id}"),
    ] {
        let text = own(&gateway, &path).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        let shown = match &answer["payments"][0] {
            Value::Null => &answer["payment"],
            first => first,
        };
        assert_eq!(shown["metadata"], metadata, "{path}");
    }
    for path in [
        format!("/api/payment-status.php?payment_id={id}"),
        format!("/pay/?id={id}"),
    ] {
        let text = gateway
            .get(&path)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert!(text.contains(&id.to_string()), "{text}");
        assert!(
            !text.contains("S3CRET") && !text.contains("metadata"),
            "{text}"
        );
    }

    gateway.transfer(payment, pay_amount(payment));
    gateway.devchain.mine(3);
    gateway
        .status_when(payment, |payment| payment["confirmations"] == 2)
        .await;
    gateway.transfer(payment, pay_amount(payment));
    gateway.make_solid();
    let deliveries = gateway.receiver.wait_for(3, |_| true).await;
    for webhook in &deliveries {
        let body = webhook.json();
        if body["status"] == "paid" {
            assert!(!webhook.body.contains("S3CRET"), "{body}");
            assert_eq!(body.get("metadata"), None, "{body}");
        } else {
            assert_eq!(body["metadata"], metadata, "{body}");
        }
    }
    let text = own(&gateway, "/api/v1/payments.csv").await;
    assert!(
        text.contains("ORDER_1") && !text.contains("S3CRET"),
        "{text}"
    );
}

#[tokio::test]
async fn the_first_of_an_order_stands_until_there_is_a_new_payment() {
    let gateway = TestGateway::start().await;
    let (first, second) = (json!({"try": "1"}), json!({"try": "2"}));
    let (_, created) = create(&gateway, "ORDER_1", &first).await;
    for metadata in [&second, &json!({}), &Value::Null] {
        let (status, repeated) = create(&gateway, "ORDER_1", metadata).await;
        assert_eq!(status, 200, "{repeated}");
        assert_eq!(
            repeated["payment"]["payment_id"],
            created["payment"]["payment_id"]
        );
        assert_eq!(repeated["payment"]["metadata"], first);
    }
    gateway.let_pass(WINDOW_SECONDS + 60);
    gateway.make_solid();
    gateway
        .status_when(&created["payment"], |payment| {
            payment["status"] == "expired"
        })
        .await;
    let (_, renewed) = create(&gateway, "ORDER_1", &second).await;
    assert_ne!(
        renewed["payment"]["payment_id"],
        created["payment"]["payment_id"]
    );
    assert_eq!(renewed["payment"]["metadata"], second);
    // An empty object is none.
    let (_, without) = create(&gateway, "ORDER_2", &json!({})).await;
    assert_eq!(without["payment"].get("metadata"), None, "{without}");
}

#[tokio::test]
async fn what_is_no_metadata_is_refused_and_creates_nothing() {
    let gateway = TestGateway::start().await;
    let keys = |count: usize| {
        let fields = (0..count).map(|number| (format!("k{number}"), json!("")));
        Value::Object(fields.collect())
    };
    let texts = "metadata must be an object whose values are text";
    let key = "metadata must have each key once, of 1 to 64 characters without control characters";
    for (metadata, code, error) in [
        (json!("text"), "invalid_metadata", texts),
        (json!(["a"]), "invalid_metadata", texts),
        (json!({"a": 7}), "invalid_metadata", texts),
        (json!({"a": {"b": "c"}}), "invalid_metadata", texts),
        (json!({"": "c"}), "invalid_metadata", key),
        (json!({"a\u{202e}": "c"}), "invalid_metadata", key),
        (
            keys(21),
            "metadata_too_large",
            "metadata must have at most 20 keys",
        ),
        (
            json!({"a": "x".repeat(4_089)}),
            "metadata_too_large",
            "metadata must have at most 4096 bytes as JSON",
        ),
    ] {
        let (status, answer) = create(&gateway, "ORDER_1", &metadata).await;
        assert_eq!((status, &answer["code"]), (422, &json!(code)), "{metadata}");
        assert_eq!(published(answer), json!({"ok": false, "error": error}));
    }
    let text = own(&gateway, "/api/v1/payments").await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["payments"], json!([]));
    assert_eq!(create(&gateway, "ORDER_1", &keys(20)).await.0, 200);
}
