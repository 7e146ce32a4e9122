//! The headers that prove who sent a webhook.
//!
//! `X-Signature` is the published one: hex HMAC-SHA256 of the raw body under the API secret. The
//! other three are those of the Standard Webhooks specification, with the bytes of the same
//! secret as key: <https://www.standardwebhooks.com>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use usdt_protocol::UtcTime;
use usdt_protocol::txid::Hex;

use crate::secrets::ApiSecret;

/// The headers of one attempt: name and value.
pub fn headers(
    secret: &ApiSecret,
    event_id: &str,
    now: UtcTime,
    body: &str,
) -> [(&'static str, String); 4] {
    let timestamp = now.millis() / 1_000;
    let signed = format!("{event_id}.{timestamp}.{body}");
    let standard = STANDARD.encode(secret.sign(signed.as_bytes()));
    [
        (
            "x-signature",
            Hex(&secret.sign(body.as_bytes())).to_string(),
        ),
        ("webhook-id", event_id.to_owned()),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", format!("v1,{standard}")),
    ]
}
