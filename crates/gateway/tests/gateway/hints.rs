//! What a caller sent that is nearly right: what is mended, what is refused, and how it is told

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::merchant::sign;
use crate::test_gateway::{TestGateway, json_of};

const CREATE: &str = "/api/create-payment.php";

/// What a create with these headers and this body is answered.
async fn create(
    gateway: &TestGateway,
    headers: &[(&'static str, &str)],
    body: &[u8],
) -> (StatusCode, Value) {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            (HeaderName::from_static(name), value)
        })
        .collect();
    let request = gateway.post(CREATE).headers(headers).body(body.to_owned());
    let response = request.send().await.unwrap();
    (response.status(), json_of(response).await)
}

/// The same, signed as it must be.
async fn signed(gateway: &TestGateway, body: &[u8]) -> (StatusCode, Value) {
    let headers = [
        ("content-type", "application/json"),
        ("x-api-key", &*gateway.keys.api_key),
        ("x-signature", &*sign_bytes(&gateway.keys.secret, body)),
    ];
    create(gateway, &headers, body).await
}

fn sign_bytes(secret: &str, body: &[u8]) -> String {
    use hmac::{Hmac, Mac as _};
    let mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let bytes = mac.chain_update(body).finalize().into_bytes();
    usdt_protocol::txid::Hex(&bytes).to_string()
}

#[tokio::test]
async fn an_array_is_never_read_as_the_fields_of_a_request_in_their_order() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let id = &payment["payment_id"];
    let message = "Request body must be one JSON object";
    for body in [
        r#"["a10","5",null,null,null]"#,
        r#" [{"order_id":"a","amount":"5"}]"#,
        r#""{\"order_id\":\"a\",\"amount\":\"5\"}""#,
        "null",
        "5",
    ] {
        let (status, answer) = signed(&gateway, body.as_bytes()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer["error"], message, "{body}");
        assert!(answer["hint"].as_str().unwrap().starts_with("the body is"));
    }
    let txid = "ab".repeat(32);
    let signed_transaction = json!(["00", ["00".repeat(65)]]);
    for (path, body, status, message) in [
        ("/api/claim.php", json!([id, txid]), 400, message),
        ("/api/wallet-transfer.php", json!([id, "T"]), 400, message),
        ("/api/wallet-broadcast.php", json!([id, {}]), 400, message),
        (
            "/api/wallet-broadcast.php",
            json!({"payment_id": id, "transaction": signed_transaction}),
            422,
            "transaction must have raw_data_hex and one signature of 65 bytes, both in hex",
        ),
    ] {
        let request = gateway
            .post(path)
            .header("content-type", "application/json")
            .body(body.to_string());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(json_of(response).await["error"], message, "{path}");
    }
    assert_eq!(gateway.database.payments().await, 1);
}

#[tokio::test]
async fn a_text_cut_within_an_emoji_refuses_no_sale_but_is_no_order_s_number() {
    let gateway = TestGateway::start().await;
    let body = br#"{"order_id":"a","amount":"5","description":"Pizza \ud83c"}"#;
    let (status, answer) = signed(&gateway, body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["payment"]["description"], "Pizza \u{fffd}");
    for (body, message) in [
        (
            r#"{"order_id":"a\ud83c","amount":"5"}"#,
            "order_id must have 1 to 128 characters without control characters",
        ),
        (
            r#"{"order_id":"b","amount":"5\ud83c"}"#,
            "amount must be text or a number",
        ),
        (
            r#"{"order_id":"b","amount":"5","success_url":"https://shop.example/\udf55"}"#,
            "success_url must be text or a number",
        ),
    ] {
        let (status, answer) = signed(&gateway, body.as_bytes()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(answer["error"], message, "{body}");
        let hint = answer["hint"].as_str().unwrap();
        assert!(hint.contains("half a character"), "{hint}");
    }
    assert_eq!(gateway.database.payments().await, 1);
}

#[tokio::test]
async fn an_order_that_nobody_can_see_is_refused_and_blanks_tell_orders_apart() {
    let gateway = TestGateway::start().await;
    for order in [
        " ",
        "\u{200b}",
        "\u{a0}",
        "\u{feff}\u{2060}",
        "a\u{202e}b",
        "a\u{9b}b",
    ] {
        let body = json!({"order_id": order, "amount": "5"}).to_string();
        let (status, answer) = signed(&gateway, body.as_bytes()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{order:?}");
        assert_eq!(
            answer["error"],
            "order_id must have 1 to 128 characters without control characters"
        );
        assert!(answer["hint"].as_str().unwrap().is_ascii(), "{answer}");
    }
    let plain = gateway.create("7", "5").await;
    let padded = gateway.create(" 7", "5").await;
    assert_eq!(padded["order_id"], " 7");
    assert_ne!(plain["payment_id"], padded["payment_id"]);
}

#[tokio::test]
async fn descriptions_are_kept_without_what_only_does_harm() {
    let gateway = TestGateway::start().await;
    let description = "Pizza\r\nand\u{0} \u{202e}Cola\u{9b}\u{200b} 👩\u{200d}💻";
    let body = json!({"order_id": "a", "amount": "5", "description": description}).to_string();
    let (_, answer) = signed(&gateway, body.as_bytes()).await;
    assert_eq!(
        answer["payment"]["description"],
        "Pizza and Cola 👩\u{200d}💻"
    );
    let body = json!({"order_id": "b", "amount": "5", "description": "\u{0}\n"}).to_string();
    let (_, answer) = signed(&gateway, body.as_bytes()).await;
    assert_eq!(answer["payment"].get("description"), None, "{answer}");
}

#[tokio::test]
async fn payments_and_brands_that_older_rules_took_stay_readable() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.database.set_description("ORDER_1", "\u{7}").await;
    gateway.database.set_order_id("ORDER_1", "\u{200b}").await;
    gateway.database.add_brand("\u{200b}").await;
    let path = format!(
        "/api/payment-status.php?payment_id={}",
        payment["payment_id"]
    );
    let request = gateway
        .get(&path)
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign(&gateway.keys.secret, ""));
    let answer = json_of(request.send().await.unwrap()).await;
    assert_eq!(answer["payment"]["order_id"], "\u{200b}", "{answer}");
    assert_eq!(answer["payment"]["description"], "\u{7}", "{answer}");
    let page = gateway.get(&format!("/pay/?id={}", payment["payment_id"]));
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_cannot_be_used_is_answered_with_what_came() {
    let gateway = TestGateway::start().await;
    for (body, error, hint) in [
        (&b""[..], "Malformed JSON", "the body is empty"),
        (
            b"\xef\xbb\xbf{\"order_id\":\"a\",\"amount\":\"5\"}",
            "Malformed JSON",
            "the body begins with a byte order mark",
        ),
        (
            br#"{"order_id":"a","amount":"5","amount":"6"}"#,
            "Malformed JSON",
            "field amount twice",
        ),
        (
            b"{\"order_id\":\"caf\xe9\",\"amount\":\"5\"}",
            "Malformed JSON",
            "the body is not UTF-8: see the byte after the first 16",
        ),
        (
            b"order_id=a&amount=5",
            "Malformed JSON",
            "the body looks like a form",
        ),
        (
            br#"{"order_id":"a","#,
            "Malformed JSON",
            "the body is no JSON: EOF",
        ),
        (
            br#"{"orderId":"a","amount":"5"}"#,
            "order_id is required",
            r#"the body has the fields "amount" "orderId""#,
        ),
        (b"{}", "order_id is required", "the body has no fields"),
        (
            br#"{"order_id":"a","amount":""}"#,
            "amount is required",
            "amount came empty",
        ),
        (
            br#"{"order_id":["a"],"amount":"5"}"#,
            "order_id must be text or a number",
            "it came as an array",
        ),
        (
            br#"{"order_id":"a","amount":0.30000000000000004}"#,
            "Amount must be a decimal number such as 50.00, with digits, at most one point and at \
             most 6 decimals",
            "the amount came as \"0.30000000000000004\": send a string with at most 6 decimals",
        ),
        (
            br#"{"order_id":"a","amount":"1.000,50"}"#,
            "Amount must be a decimal number such as 50.00, with digits, at most one point and at \
             most 6 decimals",
            "the amount came as \"1.000,50\": write the decimals behind a point",
        ),
        (
            br#"{"order_id":"a","amount":-5}"#,
            "Amount must be greater than zero",
            "the amount came as \"-5\"",
        ),
        (
            br#"{"order_id":"a","amount":"5","fail_url":"shop.example/cart"}"#,
            "fail_url must be an absolute http or https URL",
            "it came with 17 bytes, as \"shop.example/cart\"",
        ),
    ] {
        let (_, answer) = signed(&gateway, body).await;
        assert_eq!(answer["error"], error, "{answer}");
        let told = answer["hint"].as_str().unwrap();
        assert!(told.starts_with(hint), "{told}");
    }
    let form = [("content-type", "application/x-www-form-urlencoded\u{9b}")];
    let (_, answer) = create(&gateway, &form, b"a=b").await;
    let told = answer["hint"].as_str().unwrap();
    assert!(
        told.is_ascii() && told.contains("x-www-form-urlencoded"),
        "{told}"
    );
    let claim = json!({"payment_id": 1, "txid": "0xabc"}).to_string();
    let request = gateway
        .post("/api/claim.php")
        .header("content-type", "application/json");
    let answer = json_of(request.body(claim).send().await.unwrap()).await;
    assert_eq!(
        answer["hint"],
        "64 hex digits in a row expected, got 3 among 5 characters"
    );
}

#[tokio::test]
async fn a_key_or_signature_is_told_by_its_form_and_never_repeated() {
    let gateway = TestGateway::start().await;
    let (key, secret) = (&*gateway.keys.api_key, &*gateway.keys.secret);
    let body = r#"{"order_id":"a","amount":"5"}"#;
    let right = sign(secret, body);
    let ask = async |key: Option<&str>, signature: Option<&str>, body: &str| {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(key.map(|key| ("x-api-key", key)));
        headers.extend(signature.map(|signature| ("x-signature", signature)));
        let (status, answer) = create(&gateway, &headers, body.as_bytes()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
        let error = answer["error"].as_str().unwrap().to_owned();
        let text = answer.to_string();
        let long = key.filter(|key| key.len() > 3);
        for kept in [secret, &right].into_iter().chain(long) {
            assert!(!text.contains(kept), "{text}");
        }
        (error, answer["hint"].as_str().unwrap().to_owned())
    };
    let form = "the key has the right form";
    for (sent, hint) in [
        (None, "the header x-api-key is missing"),
        (Some(""), "the header x-api-key is empty"),
        (Some(secret), "it holds an API secret"),
        (
            Some("Bearer pk_test_1"),
            "the key has blanks or quotes in it",
        ),
        (Some("\"pk_test_1\""), "the key has blanks or quotes in it"),
        (Some("ab12"), "a key begins with pk_"),
        (
            Some("pk_your_api_key"),
            "it holds the key of the published sample",
        ),
        (
            Some("pk_7c9d"),
            "this is a live key, and this gateway has test projects only",
        ),
        (Some(&key.replace("pk_test_", "pk_test_0")), form),
        (Some(&key[..key.len() - 1]), form),
    ] {
        let (error, told) = ask(sent, Some(&right), body).await;
        assert_eq!(error, "Invalid API key");
        assert!(told.starts_with(hint), "{told}");
    }
    // What is told of an unknown key does not depend on the keys that there are.
    let other = if key.ends_with('0') { '1' } else { '0' };
    let near = format!("{}{other}", &key[..key.len() - 1]);
    let far = format!("pk_test_{}", "0".repeat(32));
    let [near, far] = [
        ask(Some(&near), Some("x"), body).await,
        ask(Some(&far), Some("x"), body).await,
    ];
    assert_eq!(near, far);

    let prefixed = format!("sha256={right}");
    let base64 = format!("{}=", "A".repeat(43));
    for (sent, sent_body, hint) in [
        (None, body, "the header x-signature is missing"),
        (
            Some(&*prefixed),
            body,
            "64 hex digits expected, got the prefix \"sha256=\"",
        ),
        (
            Some(&*base64),
            body,
            "64 hex digits expected, got 44 characters that look like Base64",
        ),
        (
            Some(&right[..40]),
            body,
            "64 hex digits expected, got 40: HMAC-SHA256",
        ),
        (
            Some("hmac"),
            body,
            "64 hex digits expected, got 4 characters",
        ),
        (
            Some(&right),
            "{\"order_id\":\"a\",\"amount\":\"6\"}\n",
            "the form is right: sign the 30 bytes that came as the body",
        ),
        (Some(&right), "", "the request came without a body"),
        (
            Some(&right),
            "\u{feff}{}",
            "the body begins with a byte order mark",
        ),
    ] {
        let (error, told) = ask(Some(key), sent, sent_body).await;
        assert_eq!(error, "Invalid signature");
        assert!(told.starts_with(hint), "{told}");
    }
}
