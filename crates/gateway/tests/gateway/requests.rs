//! What all requests have in common: queries, errors, IDs and the log

use std::fs;
use std::process::Command;

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::logged_process::LoggedProcess;
use crate::merchant::sign;
use crate::patience::patiently;
use crate::site::Site;
use crate::test_gateway::{Setup, TestGateway, json_of};

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

fn request_id(response: &Response) -> String {
    response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_payment_is_found_whatever_else_stands_in_the_query() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let id = &payment["payment_id"];
    for query in [
        format!("{id}&lang=de&lang=fr"),
        format!("{id}&{{}}={id}"),
        format!("{id}&{{}}=1099511627776&{{}}=x"),
        format!("{id}&theme=dark&theme=light"),
        format!("%20{id}%20"),
        format!("{id}%0D%0A"),
        format!("+{id}%09"),
        format!("{id}&x=%zz%&y=%ff%fe&&=&%"),
        format!("{id}&wait=0&wait=9&v=1&v=x"),
        format!("{id}&frame=1&frame=2&stay&stay"),
    ] {
        for (path, name) in [
            ("/pay/", "id"),
            ("/v1/checkout.json", "id"),
            ("/api/payment-status.php", "payment_id"),
        ] {
            let query = query.replace("{}", name);
            let found = gateway.get(&format!("{path}?{name}={query}")).send().await;
            let status = found.unwrap().status();
            assert_eq!(status, StatusCode::OK, "{path}?{name}={query}");
        }
    }
    let led = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .get(format!(
            "{}/pay/return/?id=%20{id}%0A&id=1",
            gateway.base_url
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(led.headers()["location"], format!("/pay/?id={id}"));
    let page = gateway.get(&format!("/pay/?id={id}&lang=de&lang=fr"));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("lang=\"de\""));
}

#[tokio::test]
async fn what_cannot_be_an_id_is_no_guess() {
    let gateway = TestGateway::start().await;
    let nothing = "0".repeat(64);
    for n in 0..70 {
        let garbled = ["", "123", "abc", "%ff", "%zz", "109951162777%0A", "%20"][n % 7];
        for path in [
            format!("/pay/?id={garbled}"),
            format!("/v1/checkout.json?id={garbled}"),
            format!("/pay/return/?id={garbled}"),
        ] {
            let status = gateway.get(&path).send().await.unwrap().status();
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    for _ in 0..3 {
        let claim = json!({"payment_id": "12345", "txid": nothing});
        let claimed = gateway.post("/api/claim.php").json(&claim).send().await;
        assert_eq!(claimed.unwrap().status(), StatusCode::NOT_FOUND);
    }
    let guess = gateway.get("/pay/?id=1099511627776").send().await.unwrap();
    assert_eq!(guess.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_error_has_the_documented_shape_and_an_id() {
    let gateway = TestGateway::start().await;
    let error_of = async |request: reqwest::RequestBuilder| {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(request_id(&response).len(), 32);
        let answer = json_of(response).await;
        assert_eq!(answer["ok"], false, "{answer}");
        assert_explained(&gateway, &answer);
        (status, answer["error"].as_str().unwrap().to_owned())
    };
    for (path, status) in [
        ("/nowhere", 404),
        ("/%ff", 404),
        ("/assets/nothing.js", 404),
        ("/assets/%ff", 400),
        ("/brand/nothing.png", 404),
        ("/brand/%ff%fe", 400),
        ("/v1/widget-0.0.0.js", 404),
        ("/v1/%ff", 400),
        ("/v1/checkout.json", 404),
        ("/api/payment-status.php?payment_id=%ff", 404),
    ] {
        assert_eq!(error_of(gateway.get(path)).await.0, status, "{path}");
    }
    for path in ["/pay/", "/pay", "/healthz", "/v1/widget.js", "/assets/x"] {
        let (status, error) = error_of(gateway.post(path)).await;
        assert_eq!(status, 405, "{path}");
        assert_eq!(error, "Method not allowed: use GET or HEAD", "{path}");
    }
    // What no route ever sees.
    let long = format!("GET /pay/?id={} HTTP/1.1\r\n", "x".repeat(70_000));
    let wide = format!("GET /pay/ HTTP/1.1\r\n{}", "x: y\r\n".repeat(200));
    for (head, status) in [(long.as_str(), 414), (&wide, 431), ("GET\r\n", 400)] {
        let answer = raw(&gateway, &format!("{head}host: x\r\n\r\n")).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(head.contains("\r\nx-request-id: "), "{answer}");
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["ok"], false, "{answer}");
        assert_explained(&gateway, &body);
    }
}

/// Whether an error has a code, and an address where it is explained.
fn assert_explained(gateway: &TestGateway, answer: &Value) {
    let code = answer["code"].as_str().unwrap();
    let is_plain = |c: char| c.is_ascii_lowercase() || c == '_';
    assert!(!code.is_empty() && code.chars().all(is_plain), "{answer}");
    let docs = format!("{}/docs/errors#{code}", gateway.base_url);
    assert_eq!(answer["docs"], docs, "{answer}");
}

/// All that the gateway says to these bytes.
async fn raw(gateway: &TestGateway, request: &str) -> String {
    let host = gateway.base_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = stream.read_to_string(&mut answer);
    patiently("the end of a connection", reading).await.unwrap();
    answer
}

#[tokio::test]
async fn every_answer_has_an_id_and_only_a_proxys_is_taken_over() {
    let direct = TestGateway::start().await;
    let proxied = TestGateway::start_with(Setup {
        client_ip_header: Some("x-real-ip"),
        ..Setup::default()
    })
    .await;
    for (gateway, is_taken_over) in [(&direct, false), (&proxied, true)] {
        let payment = gateway.create("ORDER_1", "50").await;
        let status = format!(
            "/api/payment-status.php?payment_id={}",
            payment["payment_id"]
        );
        let pay = format!("/pay/?id={}", payment["payment_id"]);
        for path in [&status, &pay, "/v1/widget.js", "/livez", "/nowhere"] {
            let ask = |id: &'static str| gateway.get(path).header("x-request-id", id).send();
            let taken = request_id(&ask("From-Proxy_7.1").await.unwrap());
            assert_eq!(taken == "From-Proxy_7.1", is_taken_over, "{path}");
            assert_eq!(request_id(&ask("a b").await.unwrap()).len(), 32);
        }
        let unchanged = gateway.get(&status).header("if-none-match", "W/\"1\"");
        let unchanged = unchanged.send().await.unwrap();
        assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);
        let again = gateway.get(&status).send().await.unwrap();
        assert_ne!(request_id(&unchanged), request_id(&again));
    }
}

#[tokio::test]
async fn one_line_of_the_log_tells_of_a_failed_request_with_its_route_its_cause_and_its_id() {
    let site = Site::prepare().await;
    let gateway = LoggedProcess::start(&site, "", "--log-format json").await;
    let id = site.try_create(&gateway.url(""), 1).await.unwrap()["payment_id"].clone();
    site.database.break_payments().await;
    for (path, route, status) in [
        (
            format!("/api/payment-status.php?payment_id={id}"),
            "/api/payment-status.php",
            500,
        ),
        (format!("/pay/?id={id}"), "/pay/", 503),
    ] {
        let failed = site.http.get(gateway.url(&path)).send().await.unwrap();
        assert_eq!(failed.status().as_u16(), status);
        let request_id = request_id(&failed);
        let log = gateway.log_with(&request_id).await;
        let lines: Vec<Value> = log
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .filter(|line: &Value| line["fields"]["request_id"] == request_id)
            .collect();
        let [line] = lines.as_slice() else {
            panic!("{log}")
        };
        let fields = &line["fields"];
        assert_eq!(fields["message"], "a request failed");
        assert_eq!(fields["method"], "GET");
        assert_eq!(fields["route"], route);
        assert_eq!(fields["status"], status);
        let cause = fields["cause"].as_str().unwrap();
        assert!(cause.contains("payments"), "{cause}");
        assert!(!log.contains(&format!("id={id}")), "{log}");
    }
}

#[tokio::test]
async fn what_is_logged_of_a_create_names_its_request() {
    let site = Site::prepare().await;
    let gateway = LoggedProcess::start(&site, "export USDT_GATEWAY_LOG=debug", "").await;
    site.try_create(&gateway.url(""), 1).await.unwrap();
    let log = gateway.log_with("payment created").await;
    let line = log.lines().find(|line| line.contains("payment created"));
    assert!(line.unwrap().contains("request{id="), "{log}");
}

#[tokio::test]
async fn no_secret_reaches_the_log_even_where_all_requests_are_logged() {
    let site = Site::prepare().await;
    let gateway = LoggedProcess::start(&site, "export USDT_GATEWAY_LOG=debug", "").await;
    let payment = site.try_create(&gateway.url(""), 1).await.unwrap();
    let path = format!(
        "/api/payment-status.php?payment_id={}&token=in-the-query",
        payment["payment_id"]
    );
    let wrong = "sk_test_not_the_secret";
    for (key, secret, status) in [
        (site.api_key.as_str(), site.secret.as_str(), 200),
        (&site.api_key, wrong, 401),
        ("pk_test_not_a_key", wrong, 401),
    ] {
        let asked = site.http.get(gateway.url(&path));
        let asked = asked
            .header("x-api-key", key)
            .header("x-signature", sign(secret, ""));
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        gateway.log_with(&request_id(&answer)).await;
    }
    let log = gateway.log();
    assert!(log.contains("/api/payment-status.php"), "{log}");
    for secret in [
        site.secret.as_str(),
        &site.api_key,
        &sign(&site.secret, ""),
        wrong,
        "pk_test_",
        "sk_test_",
        "in-the-query",
    ] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[test]
fn an_empty_log_filter_is_refused_since_it_would_silence_alarms() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    fs::write(
        &config,
        "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\ndata_dir = \"/nowhere\"\n[chain]\n",
    )
    .unwrap();
    let check = |filter: &str| {
        Command::new(BINARY)
            .args(["config", "check"])
            .arg(&config)
            .env("USDT_GATEWAY_LOG", filter)
            .output()
            .unwrap()
    };
    for empty in ["", " ", ", ,"] {
        let refused = check(empty);
        assert!(!refused.status.success(), "{refused:?}");
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(told.contains("USDT_GATEWAY_LOG is empty"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    for filter in ["off", "warn,sqlx=error"] {
        assert!(check(filter).status.success(), "{filter}");
    }
}
