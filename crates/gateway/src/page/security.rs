//! The headers that keep the page to itself: what it may load, and who may frame it.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::assets::{SCRIPT_HASHES, STYLE_HASHES};
use crate::http::AppState;

/// Inline script and style are allowed by the hash of what was built, and by nothing else.
/// `'wasm-unsafe-eval'` compiles WebAssembly; it evaluates no script.
fn policy(form_action: &str) -> String {
    let allow = |mut list: String, hash: &&str| {
        let _ = write!(list, " 'sha256-{hash}'");
        list
    };
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{}; style-src{}; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action {form_action}; \
         frame-ancestors 'none'",
        SCRIPT_HASHES.iter().fold(String::new(), allow),
        STYLE_HASHES.iter().fold(String::new(), allow),
    )
}

static POLICY: LazyLock<String> = LazyLock::new(|| policy("'none'"));

/// The demo's bar is a form.
static DEMO_POLICY: LazyLock<String> = LazyLock::new(|| policy("'self'"));

const FIXED: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// Adds the headers to a page.
pub async fn headers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy = if state.demo { &DEMO_POLICY } else { &POLICY };
    if let Ok(value) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    if state.public_url.is_https() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}
