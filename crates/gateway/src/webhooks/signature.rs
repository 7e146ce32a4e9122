//! The headers that prove who sent a webhook.
//!
//! `X-Signature` is the published one: hex HMAC-SHA256 of the raw body under the API secret. The
//! other three are those of the Standard Webhooks specification, with the bytes of the same
//! secret as key: <https://www.standardwebhooks.com>. While a secret is rotated, the old one signs
//! `X-Signature` to its end, and `webhook-signature` has a signature under each, the new one's first.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use usdt_protocol::UtcTime;
use usdt_protocol::txid::Hex;

use crate::secrets::LiveSecrets;

/// The headers of one attempt: name and value.
pub fn headers(
    secrets: &LiveSecrets,
    event_id: &str,
    now: UtcTime,
    body: &str,
) -> [(&'static str, String); 4] {
    let timestamp = now.millis() / 1_000;
    let signed = format!("{event_id}.{timestamp}.{body}");
    let standard: Vec<String> = secrets
        .all()
        .map(|secret| format!("v1,{}", STANDARD.encode(secret.sign(signed.as_bytes()))))
        .collect();
    [
        (
            "x-signature",
            Hex(&secrets.signing.sign(body.as_bytes())).to_string(),
        ),
        ("webhook-id", event_id.to_owned()),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", standard.join(" ")),
    ]
}
