//! `usdt-gateway project brand`, and the payment pages that it changes

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};
use sha2::{Digest as _, Sha256};
use usdt_tron::Network;

use crate::test_gateway::{Setup, TestGateway};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";
const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h8v8z'/></svg>";

/// What a command said, on both of its outputs.
struct Said {
    ok: bool,
    out: String,
    error: String,
}

/// Runs `project brand` for the gateway's own project.
async fn brand(gateway: &TestGateway, options: &[&str]) -> Said {
    let id = gateway.keys.app_id.to_string();
    let arguments = [&["project", "brand", &id], options].concat();
    let output = gateway.command(&arguments).await;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said {
        ok: output.status.success(),
        out: text(output.stdout),
        error: text(output.stderr),
    }
}

async fn set(gateway: &TestGateway, options: &[&str]) -> String {
    let said = brand(gateway, options).await;
    assert!(said.ok, "{}", said.error);
    said.out
}

/// Writes a file into the gateway's folder.
fn file(gateway: &TestGateway, name: &str, content: &[u8]) -> String {
    let path = gateway.data_dir().join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The page of a new payment, with `more` in its query.
async fn page(gateway: &TestGateway, more: &str, accept_language: &str) -> Response {
    let payment = gateway.create("ORDER_1", "50").await;
    let path = format!("/pay/?id={}{more}", payment["payment_id"]);
    let request = gateway.get(&path);
    let page = request.header("accept-language", accept_language);
    page.send().await.unwrap()
}

async fn html(gateway: &TestGateway, more: &str, accept_language: &str) -> String {
    let page = page(gateway, more, accept_language).await;
    page.text().await.unwrap()
}

/// The hashes that a policy allows for styles.
fn allowed_styles(headers: &HeaderMap) -> Vec<String> {
    let policy = headers["content-security-policy"].to_str().unwrap();
    let (_, styles) = policy.split_once("style-src").unwrap();
    let (styles, _) = styles.split_once(';').unwrap();
    let is_hash = |source: &&str| source.starts_with("'sha256-");
    styles
        .split_whitespace()
        .filter(is_hash)
        .map(str::to_owned)
        .collect()
}

/// The path of the logo that the command says is set.
fn logo_path(said: &str) -> &str {
    let line = said.lines().find_map(|line| line.strip_prefix("Logo:"));
    line.unwrap().trim()
}

#[tokio::test]
async fn a_brand_is_on_the_projects_pages_until_it_is_removed() {
    let gateway = TestGateway::start().await;
    let logo = file(&gateway, "logo", PNG);
    let all = [
        ["--name", "Söhne & <b>"],
        ["--logo", &logo],
        ["--color", "#FFCC00"],
        ["--support", "mailto:help@shop.example"],
        ["--theme", "dark"],
        ["--language", "ru"],
    ];
    let said = set(&gateway, &all.concat()).await;
    let path = logo_path(&said);
    let shown = html(&gateway, "", "en").await;
    for part in [
        "<h1>Pay Söhne &amp; &lt;b&gt;</h1>",
        &format!(r#" src="{path}""#),
        r#"href="mailto:help@shop.example""#,
        r#"data-theme="dark""#,
        ":root{--brand:#",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert_eq!(set(&gateway, &[]).await, said, "showing changed something");
    for secret in [&gateway.keys.api_key, &gateway.keys.secret] {
        assert!(!said.contains(secret.as_str()) && !shown.contains(secret.as_str()));
    }

    // Only the project's own pages, and none that shows no payment.
    let other = gateway.add_project(2, &Setup::default()).await;
    let payment = gateway.create_as(&other, "ORDER_2", "50").await;
    let others = format!("/pay/?id={}", payment["payment_id"]);
    for path in [others.as_str(), "/pay/?id=1099511627776", "/pay/"] {
        let page = gateway.get(path).send().await.unwrap();
        assert_eq!(allowed_styles(page.headers()).len(), 1);
        let html = page.text().await.unwrap();
        for part in [
            "Söhne",
            "/brand/",
            "mailto:",
            "data-theme=\"dark\"",
            ":root{--brand:#",
        ] {
            let (_, own) = html.split_once("</style>").unwrap();
            assert!(!own.contains(part), "{part} is in {html}");
        }
    }

    let said = set(
        &gateway,
        &[
            "--no-name",
            "--no-logo",
            "--no-color",
            "--no-support",
            "--no-language",
        ],
    )
    .await;
    assert_eq!(said.matches("none").count(), 5, "{said}");
    assert!(said.contains("Theme:    dark"), "{said}");
    let said = set(&gateway, &["--theme", "auto"]).await;
    assert!(said.contains("Theme:    auto"), "{said}");
    let shown = html(&gateway, "", "").await;
    assert!(shown.contains("<h1>Pay with USDT</h1>"), "{shown}");
    assert!(shown.contains(r#"lang="en" dir="ltr">"#), "{shown}");
    assert!(!shown.contains("/brand/") && !shown.contains("mailto:"));
}

#[tokio::test]
async fn the_style_of_a_colour_is_allowed_by_its_hash_and_overrides_the_pages_own() {
    let gateway = TestGateway::start().await;
    let before = allowed_styles(page(&gateway, "", "").await.headers());
    set(&gateway, &["--color", "#ffcc00"]).await;
    let page = page(&gateway, "", "").await;
    let allowed = allowed_styles(page.headers());
    let html = page.text().await.unwrap();
    let styles: Vec<&str> = html
        .split("<style>")
        .skip(1)
        .map(|rest| rest.split_once("</style>").unwrap().0)
        .collect();
    let hashes: Vec<String> = styles
        .iter()
        .map(|style| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(style))))
        .collect();
    assert_eq!(allowed, hashes);
    assert_eq!(allowed[..1], before);
    // Of equal weight, the later rule counts.
    let [_, own] = styles[..] else {
        panic!("{} styles", styles.len())
    };
    assert!(
        own.contains(",#ffcc00);--brand-text:light-dark(#ffffff,#000000)"),
        "{own}"
    );
    assert!(!own.starts_with(":root{--brand:#ffcc00"), "yellow on white");
}

#[tokio::test]
async fn a_logo_is_served_for_ever_under_its_hash_and_can_only_show() {
    let gateway = TestGateway::start().await;
    // The name of the file says nothing.
    let (svg, png) = (file(&gateway, "a.png", SVG), file(&gateway, "b", PNG));
    let said = set(&gateway, &["--logo", &svg]).await;
    let first = logo_path(&said);
    let logo = gateway.get(first).send().await.unwrap();
    assert_eq!(logo.status(), StatusCode::OK);
    for (name, value) in [
        ("content-type", "image/svg+xml"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("x-content-type-options", "nosniff"),
        (
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        ),
    ] {
        assert_eq!(logo.headers()[name], value);
    }
    assert_eq!(logo.bytes().await.unwrap(), SVG);

    let said = set(&gateway, &["--logo", &png]).await;
    let second = logo_path(&said);
    let logo = gateway.get(second).send().await.unwrap();
    assert_eq!(logo.headers()["content-type"], "image/png");
    assert_eq!(logo.bytes().await.unwrap(), PNG);
    let as_svg = second.replace(".png", ".svg");
    for gone in [
        first,
        as_svg.as_str(),
        "/brand/",
        "/brand/00112233445566778899aabbccddeeff.png",
        "/brand/..%2Fgateway.sqlite",
    ] {
        let answer = gateway.get(gone).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{gone}");
    }
}

#[tokio::test]
async fn what_could_harm_payers_is_refused_in_one_sentence() {
    let gateway = TestGateway::start().await;
    let script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let script = file(&gateway, "script.svg", script);
    let page = file(&gateway, "page.svg", b"<html onload='alert(1)'></html>");
    let large = file(&gateway, "large.png", &[PNG, &vec![0; 65_536]].concat());
    let long = "x".repeat(41);
    for (option, value, sentence) in [
        ("--logo", script.as_str(), "holds <script>, which could run"),
        ("--logo", &page, "neither a PNG, JPEG or WebP nor an SVG"),
        ("--logo", &large, "has more than 64 KiB"),
        (
            "--logo",
            "/nowhere/logo.png",
            "/nowhere/logo.png cannot be read",
        ),
        ("--name", &long, "must have 1 to 40 characters"),
        ("--name", "\u{202e}pohs", "must have 1 to 40 characters"),
        ("--color", "red;}</style>", "must be written as #rrggbb"),
        ("--support", "javascript:alert(1)", "must be an https URL"),
        ("--support", "http://shop.example", "must be an https URL"),
        ("--theme", "pink", "auto, light, dark"),
        ("--language", "tlh", "the page speaks en, de, "),
    ] {
        let said = brand(&gateway, &[option, value]).await;
        assert!(!said.ok, "{option} {value}");
        assert!(said.error.contains(sentence), "{sentence}: {}", said.error);
    }
    let unknown = gateway.command(&["project", "brand", "99"]).await;
    assert!(!unknown.status.success());
    let error = String::from_utf8(unknown.stderr).unwrap();
    assert!(error.contains("there is no project 99"), "{error}");
    assert_eq!(gateway.database.brands().await, 0);
    assert_eq!(gateway.database.logos().await, 0);
}

#[tokio::test]
async fn the_merchants_language_is_for_browsers_that_accept_none_that_the_page_speaks() {
    let gateway = TestGateway::start().await;
    set(&gateway, &["--language", "PT-br"]).await;
    for (more, accepted, code) in [
        ("", "", "pt-BR"),
        ("", "tlh", "pt-BR"),
        ("", "tlh, de;q=0.5", "de"),
        ("&lang=fr", "de", "fr"),
    ] {
        let html = html(&gateway, more, accepted).await;
        let root = format!(r#"<html lang="{code}" "#);
        assert!(html.contains(&root), "{more} {accepted}: {code}");
    }
}

#[tokio::test]
async fn the_url_can_ask_for_another_theme_than_the_merchants() {
    let gateway = TestGateway::start().await;
    set(&gateway, &["--theme", "dark"]).await;
    for (more, theme) in [
        ("", "dark"),
        ("&theme=light", "light"),
        ("&theme=\"><script>", "dark"),
        ("&theme=auto", "dark"),
    ] {
        let html = html(&gateway, more, "").await;
        let root = format!(r#"dir="ltr" data-theme="{theme}">"#);
        assert!(html.contains(&root), "{more}: {theme}");
    }
    let unknown = gateway.get("/pay/?id=1&theme=dark").send().await.unwrap();
    let html = unknown.text().await.unwrap();
    assert!(html.contains(r#"dir="ltr" data-theme="dark">"#));
}

#[tokio::test]
async fn a_test_project_always_says_so_and_a_live_one_never() {
    let test = TestGateway::start().await;
    set(&test, &["--name", "Shop"]).await;
    assert!(html(&test, "", "").await.contains(r#"class="test-mode""#));
    let live = TestGateway::start_with(Setup {
        network: Network::Mainnet,
        ..Setup::default()
    })
    .await;
    assert!(!html(&live, "", "").await.contains(r#"class="test-mode""#));
}

#[tokio::test]
async fn a_colour_that_the_database_cannot_hold_is_shown_to_nobody() {
    let gateway = TestGateway::start().await;
    set(&gateway, &["--color", "#ffcc00"]).await;
    gateway
        .database
        .set_brand_color("#fff}</style><script>")
        .await;
    let page = page(&gateway, "", "").await;
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!page.text().await.unwrap().contains("#fff}"));
}
