//! The headers that keep the page to itself: what it may load, and who may frame it.

use std::fmt::Write as _;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::assets::STYLE_HASHES;
use crate::embedders::Embedders;
use crate::http::AppState;

/// A style that one answer has beyond what was built. As an extension of the answer, it is allowed
/// there.
#[derive(Clone, Debug)]
pub struct InlineStyle(String);

impl InlineStyle {
    /// `css` holds nothing that could end its element.
    pub const fn new(css: String) -> Self {
        Self(css)
    }

    pub fn element(&self) -> String {
        format!("<style>{}</style>", self.0)
    }

    fn hash(&self) -> String {
        STANDARD.encode(Sha256::digest(&self.0))
    }
}

/// Scripts and styles are files of the gateway. Inline, only style is allowed: by the hash of what was
/// built or, for `style`, of what it holds. `'wasm-unsafe-eval'` compiles WebAssembly; it evaluates no
/// script.
/// Which sites may frame the page, the answer says as an extension; without it none may.
fn policy(form_action: &str, style: Option<&InlineStyle>, embedders: Option<&Embedders>) -> String {
    let allow = |mut list: String, hash: &str| {
        let _ = write!(list, " 'sha256-{hash}'");
        list
    };
    let hash = style.map(InlineStyle::hash);
    let nobody = Embedders::none();
    let embedders = embedders.unwrap_or(&nobody);
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'{}; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action {form_action}; \
         frame-ancestors {embedders}",
        STYLE_HASHES
            .iter()
            .copied()
            .chain(hash.as_deref())
            .fold(String::new(), allow),
    )
}

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

/// A page that is isolated from other sites takes only frames that say so of themselves.
const FRAMED: [(HeaderName, &str); 2] = [
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        "require-corp",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    ),
];

/// Adds the headers to a page.
pub async fn headers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    // The demo's bar is a form.
    let form_action = if state.bar.is_some() {
        "'self'"
    } else {
        "'none'"
    };
    let extensions = response.extensions();
    let policy = policy(form_action, extensions.get(), extensions.get());
    let is_framed = extensions.get::<Embedders>().is_some();
    let headers = response.headers_mut();
    let framed = FRAMED.into_iter().filter(|_| is_framed);
    for (name, value) in FIXED.into_iter().chain(framed) {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&policy) {
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
