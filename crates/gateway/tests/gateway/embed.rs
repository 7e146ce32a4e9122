//! Payments in pages of shops: who may frame them, and what shops' pages may ask for

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha384};
use usdt_gateway::embedders::Embedders;
use usdt_tron::Network;

use crate::test_gateway::{Setup, TestGateway, json_of, pay_amount, published};

const SHOP: &str = "https://shop.example";
const STRANGER: &str = "https://stranger.example";

fn listed() -> Setup {
    let sites = [SHOP, "https://www.shop.example:8443"].map(|site| site.parse().unwrap());
    Setup {
        embedders: Embedders::these(sites, true).unwrap(),
        ..Setup::default()
    }
}

fn open() -> Setup {
    Setup {
        embedders: Embedders::Any,
        ..Setup::default()
    }
}

/// The sources of `frame-ancestors` in an answer's policy.
fn ancestors(page: &Response) -> &str {
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    let (_, sources) = policy.split_once("frame-ancestors ").unwrap();
    sources
}

async fn page(gateway: &TestGateway, payment: &Value, more: &str) -> Response {
    let path = format!("/pay/?id={}{more}", payment["payment_id"]);
    gateway.get(&path).send().await.unwrap()
}

/// The payment for a shop's own document, asked for by a page of `origin`.
async fn checkout(gateway: &TestGateway, payment: &Value, more: &str, origin: &str) -> Response {
    let path = format!("/v1/checkout.json?id={}{more}", payment["payment_id"]);
    let request = gateway.get(&path).header("origin", origin);
    request.send().await.unwrap()
}

fn allowed_origin(answer: &Response) -> Option<&str> {
    let value = answer.headers().get("access-control-allow-origin")?;
    Some(value.to_str().unwrap())
}

#[tokio::test]
async fn only_a_projects_sites_may_frame_its_payments_and_only_the_page_for_frames() {
    let gateway = TestGateway::start_with(listed()).await;
    let payment = gateway.create("ORDER_1", "50").await;
    assert_eq!(ancestors(&page(&gateway, &payment, "").await), "'none'");
    let framed = page(&gateway, &payment, "&frame=1").await;
    assert_eq!(
        ancestors(&framed),
        "https://shop.example https://www.shop.example:8443"
    );
    let policy = framed.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    let html = framed.text().await.unwrap();
    assert!(html.contains(" data-frame ") && html.contains(r#"<base target="_top">"#));
    assert!(
        html.contains(r#""place":"frame""#),
        "no wallet is asked there"
    );
    let whole = page(&gateway, &payment, "").await.text().await.unwrap();
    assert!(whole.contains(r#""place":"own_page""#));

    let nobodys = gateway.add_project(2, &Setup::default()).await;
    let payment = gateway.create_as(&nobodys, "ORDER_2", "50").await;
    assert_eq!(
        ancestors(&page(&gateway, &payment, "&frame=1").await),
        "'none'"
    );
}

#[tokio::test]
async fn a_test_projects_payments_can_be_framed_by_any_site() {
    let gateway = TestGateway::start_with(open()).await;
    let payment = gateway.create("ORDER_1", "50").await;
    let framed = page(&gateway, &payment, "&frame=1").await;
    assert_eq!(ancestors(&framed), "*");
}

#[tokio::test]
async fn a_frame_without_a_payment_says_so_to_any_site() {
    let gateway = TestGateway::start().await;
    for id in ["", "1", "1099511627776"] {
        let framed = gateway
            .get(&format!("/pay/?id={id}&frame=1"))
            .send()
            .await
            .unwrap();
        assert_eq!(framed.status(), StatusCode::NOT_FOUND);
        assert_eq!(ancestors(&framed), "*");
        assert!(
            framed
                .text()
                .await
                .unwrap()
                .contains(r#"data-stage="unknown""#)
        );
        let whole = gateway.get(&format!("/pay/?id={id}")).send().await.unwrap();
        assert_eq!(ancestors(&whole), "'none'");
    }
}

#[tokio::test]
async fn a_frame_that_any_site_may_have_brings_no_payment_later() {
    let gateway = TestGateway::start_with(listed()).await;
    let unknown = json!({"payment_id": 1_099_511_627_776_u64});
    let mut asked = 0;
    let refused = loop {
        let framed = page(&gateway, &unknown, "&frame=1").await;
        if framed.status() == StatusCode::TOO_MANY_REQUESTS {
            break framed;
        }
        asked += 1;
        assert!(asked < 1_000, "whoever guesses IDs is slowed down");
    };
    assert_eq!(ancestors(&refused), "*");
    let html = refused.text().await.unwrap();
    assert!(html.contains(r#"data-stage="unavailable""#));
    assert!(html.contains(r#"<meta http-equiv="refresh" content="10">"#));
    let (_, scripts) = html.split_once("<body").unwrap();
    assert!(!scripts.contains("<script"), "{scripts}");
    for program in ["usdt-checkout", "modulepreload", "start.js"] {
        assert!(!html.contains(program), "{program}");
    }
}

#[tokio::test]
async fn a_shops_own_document_gets_what_it_shows_where_its_site_is_allowed() {
    let gateway = TestGateway::start_with(listed()).await;
    let body = json!({
        "order_id": "SECRET_ORDER", "amount": "50", "description": "Secret description",
        "success_url": "https://shop.example/ok",
    });
    let created = gateway
        .create_request(&body.to_string())
        .send()
        .await
        .unwrap();
    let payment = json_of(created).await["payment"].clone();
    let command = [
        "project", "brand", "1", "--color", "#ffcc00", "--theme", "dark",
    ];
    assert!(gateway.command(&command).await.status.success());

    let answer = checkout(&gateway, &payment, "&lang=ar", SHOP).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(allowed_origin(&answer), Some(SHOP));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(
        answer.headers()["vary"]
            .to_str()
            .unwrap()
            .contains("origin")
    );
    let text = answer.text().await.unwrap();
    for hidden in [
        "SECRET_ORDER",
        "Secret description",
        &gateway.keys.api_key,
        &gateway.keys.secret,
    ] {
        assert!(!text.contains(hidden), "{hidden}");
    }
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(shown["payment"]["pay_amount"], payment["pay_amount"]);
    assert_eq!(shown["payment"]["success_url"], "https://shop.example/ok");
    assert_eq!(shown["presentation"]["place"], "foreign_page");
    assert_eq!(shown["words"]["lang"], "ar");
    assert_eq!(shown["words"]["dir"], "rtl");
    assert_eq!(shown["words"]["theme"], "dark");
    assert!(shown["palette"].as_str().unwrap().contains("--brand:#"));
    let light = json_of(checkout(&gateway, &payment, "&theme=light", SHOP).await).await;
    assert_eq!(light["words"]["theme"], "light");

    for origin in [STRANGER, "null", "https://shop.example.stranger.example"] {
        let refused = checkout(&gateway, &payment, "", origin).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{origin}");
        assert_eq!(allowed_origin(&refused), None);
        let answer = published(json_of(refused).await);
        assert_eq!(answer["ok"], false);
        assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
    }
    let path = format!("/v1/checkout.json?id={}", payment["payment_id"]);
    let own = gateway.get(&path).send().await.unwrap();
    assert_eq!((own.status(), allowed_origin(&own)), (StatusCode::OK, None));
    for query in ["", "?id=1", "?id=<script>"] {
        let path = format!("/v1/checkout.json{query}");
        let unknown = gateway
            .get(&path)
            .header("origin", SHOP)
            .send()
            .await
            .unwrap();
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
        assert_eq!(json_of(unknown).await["error"], "Payment not found");
    }
}

#[tokio::test]
async fn a_logo_is_found_from_a_shops_own_document() {
    let gateway = TestGateway::start_with(listed()).await;
    let logo = gateway.data_dir().join("logo.png");
    fs::write(&logo, b"\x89PNG\r\n\x1a\nnot much of a picture").unwrap();
    let command = ["project", "brand", "1", "--logo", logo.to_str().unwrap()];
    assert!(gateway.command(&command).await.status.success());
    let payment = gateway.create("ORDER_1", "50").await;
    let shown = json_of(checkout(&gateway, &payment, "", SHOP).await).await;
    let url = shown["presentation"]["merchant"]["logo"].as_str().unwrap();
    let path = url.strip_prefix(&gateway.base_url).unwrap();
    let logo = gateway.get(path).send().await.unwrap();
    assert_eq!(logo.status(), StatusCode::OK);
    assert_eq!(
        logo.headers()["cross-origin-resource-policy"],
        "cross-origin"
    );
}

#[tokio::test]
async fn whoever_guesses_payments_through_the_embedding_has_to_wait() {
    let gateway = TestGateway::start_with(listed()).await;
    let payment = gateway.create("ORDER_1", "50").await;
    for guess in 0..60 {
        let path = match guess % 3 {
            0 => "/v1/checkout.json?id=1099511627776",
            1 => "/pay/?id=1099511627776&frame=1",
            _ => "/pay/return/?id=1099511627776",
        };
        gateway.get(path).send().await.unwrap();
    }
    let unknown = json!({"payment_id": 1_099_511_627_776_u64});
    let refused = checkout(&gateway, &unknown, "", SHOP).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let framed = page(&gateway, &unknown, "&frame=1").await;
    assert_eq!(framed.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ancestors(&framed), "*");
    // Payers behind the same address see theirs.
    for shown in [
        checkout(&gateway, &payment, "", SHOP).await,
        page(&gateway, &payment, "&frame=1").await,
    ] {
        assert_eq!(shown.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn the_script_is_short_lived_at_its_address_and_for_ever_at_its_versions() {
    let gateway = TestGateway::start().await;
    let get = async |path: &str| gateway.get(path).send().await.unwrap();
    let described = get("/v1/widget.json").await;
    assert_eq!(allowed_origin(&described), Some("*"));
    let described = json_of(described).await;
    let url = described["url"].as_str().unwrap();
    let version = described["version"].as_str().unwrap();
    assert_eq!(url, format!("{}/v1/widget-{version}.js", gateway.base_url));

    let pinned = get(url.strip_prefix(&gateway.base_url).unwrap()).await;
    assert_eq!(
        pinned.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    let newest = get("/v1/widget.js").await;
    assert_eq!(newest.headers()["cache-control"], "public, max-age=300");
    let tag = newest.headers()["etag"].clone();
    for answer in [&pinned, &newest] {
        assert_eq!(answer.status(), StatusCode::OK);
        let headers = answer.headers();
        assert_eq!(headers["content-type"], "text/javascript; charset=utf-8");
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
    let script = newest.bytes().await.unwrap();
    assert_eq!(script, pinned.bytes().await.unwrap());
    let integrity = format!("sha384-{}", STANDARD.encode(Sha384::digest(&script)));
    assert_eq!(described["integrity"], integrity.as_str());
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/embed.md");
    let docs = fs::read_to_string(docs).unwrap();
    assert!(
        docs.contains(&format!("/v1/widget-{version}.js")) && docs.contains(&integrity),
        "docs/embed.md must say {version} and {integrity}"
    );

    let request = gateway.get("/v1/widget.js").header("if-none-match", tag);
    let known = request.send().await.unwrap();
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    let request = gateway.get("/v1/widget.js").header("accept-encoding", "br");
    let compressed = request.send().await.unwrap();
    assert_eq!(compressed.headers()["content-encoding"], "br");
    let size = compressed.bytes().await.unwrap().len();
    assert!(size <= 3_584, "{size} bytes");
    for path in ["/v1/widget-0.0.0.js", "/v1/widget-.js", "/v1/", "/v1/x"] {
        assert_eq!(get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_payer_is_led_to_where_the_gateway_says_and_nowhere_else() {
    let gateway = TestGateway::start().await;
    let http = Client::builder().redirect(Policy::none()).build().unwrap();
    let target = async |id: &str, more: &str| {
        let url = format!("{}/pay/return/?id={id}{more}", gateway.base_url);
        let answer = http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
        answer.headers()["location"].to_str().unwrap().to_owned()
    };
    let create = async |order: &str, urls: bool| {
        let mut body = json!({"order_id": order, "amount": "50"});
        if urls {
            body["success_url"] = "https://shop.example/ok?a=1&b=2".into();
            body["fail_url"] = "https://shop.example/fail".into();
        }
        let answer = gateway
            .create_request(&body.to_string())
            .send()
            .await
            .unwrap();
        json_of(answer).await["payment"].clone()
    };
    let (paid, expired, bare) = (
        create("PAID", true).await,
        create("EXPIRED", true).await,
        create("BARE", false).await,
    );
    let id = |payment: &Value| payment["payment_id"].to_string();
    let its_page = |payment: &Value| format!("/pay/?id={}", payment["payment_id"]);
    let foreign = "&url=https://stranger.example&success_url=https://stranger.example";
    assert_eq!(target(&id(&paid), foreign).await, its_page(&paid));

    gateway.transfer(&paid, pay_amount(&paid));
    gateway.transfer(&bare, pay_amount(&bare));
    gateway.make_solid();
    for payment in [&paid, &bare] {
        gateway
            .status_when(payment, |status| status["status"] == "paid")
            .await;
    }
    assert_eq!(
        target(&id(&paid), foreign).await,
        "https://shop.example/ok?a=1&b=2"
    );
    assert_eq!(target(&id(&bare), foreign).await, its_page(&bare));

    gateway.let_pass(1_000);
    gateway.make_solid();
    gateway
        .status_when(&expired, |status| status["status"] == "expired")
        .await;
    assert_eq!(
        target(&id(&expired), foreign).await,
        "https://shop.example/fail"
    );

    assert_eq!(target("1099511627776", "").await, "/pay/?id=1099511627776");
    for id in [
        "",
        "1",
        "//stranger.example",
        "https://stranger.example",
        "%0d%0ax",
    ] {
        assert_eq!(target(id, "").await, "/pay/");
    }
}

#[tokio::test]
async fn no_other_site_may_call_what_only_servers_or_the_page_itself_call() {
    let gateway = TestGateway::start_with(open()).await;
    let payment = gateway.create("ORDER_1", "50").await;
    for path in [
        "/api/create-payment.php",
        "/api/claim.php",
        "/api/wallet-transfer.php",
        "/api/wallet-broadcast.php",
        "/pay/?frame=1",
        "/pay/return/",
        "/healthz",
    ] {
        let url = format!("{}{path}", gateway.base_url);
        let asked = Client::new()
            .request(reqwest::Method::OPTIONS, &url)
            .header("origin", SHOP)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let answer = asked.send().await.unwrap();
        assert_eq!(allowed_origin(&answer), None, "{path}");
        let answer = gateway
            .post(path)
            .header("origin", SHOP)
            .send()
            .await
            .unwrap();
        assert_eq!(allowed_origin(&answer), None, "{path}");
    }
    let framed = page(&gateway, &payment, "&frame=1").await;
    assert_eq!(allowed_origin(&framed), None);
}

#[tokio::test]
async fn origins_are_allowed_and_removed_by_a_command() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let run = async |options: &[&str]| {
        let output = gateway
            .command(&[&["project", "origins", "1"], options].concat())
            .await;
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.success(),
            text(output.stdout) + &text(output.stderr),
        )
    };
    let shown = async || ancestors(&page(&gateway, &payment, "&frame=1").await).to_owned();
    assert!(run(&[]).await.1.contains("No site may show"));

    let (ok, said) = run(&[
        "--add",
        "HTTPS://Shop.Example/",
        "--add",
        "http://localhost:8000",
    ])
    .await;
    assert!(ok && said.contains("\nhttps://shop.example\n"), "{said}");
    assert_eq!(shown().await, "http://localhost:8000 https://shop.example");
    assert_eq!(run(&[]).await.1, said, "showing changes nothing");
    let (ok, said) = run(&["--remove", SHOP]).await;
    assert!(ok && !said.contains(SHOP), "{said}");
    let (ok, said) = run(&["--remove", SHOP]).await;
    assert!(!ok && said.contains("not among the allowed"), "{said}");
    for wrong in [
        "shop.example",
        "https://shop.example/pay",
        "*",
        "https://a;b",
    ] {
        let (ok, said) = run(&["--add", wrong]).await;
        assert!(!ok && said.contains("not the origin of a site"), "{said}");
    }
    assert_eq!(shown().await, "http://localhost:8000");
    assert!(run(&["--any"]).await.1.contains("Any site may show"));
    assert_eq!(shown().await, "*");
    run(&["--add", SHOP]).await;
    assert_eq!(
        shown().await,
        SHOP,
        "whoever names a site means no longer any"
    );
    run(&["--none"]).await;
    assert_eq!(shown().await, "'none'");
    let output = gateway.command(&["project", "origins", "9"]).await;
    assert!(!output.status.success());
}

#[tokio::test]
async fn real_money_is_shown_by_https_sites_only() {
    let gateway = TestGateway::start_with(Setup {
        network: Network::Mainnet,
        ..Setup::default()
    })
    .await;
    let output = gateway
        .command(&["project", "origins", "1", "--add", "http://shop.example"])
        .await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains("must be https"),
        "{said}"
    );
}
