//! A payment as it stands on the wire, and the answers that carry it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Price, RedirectUrl, TronAddress, Txid, Usdt, UtcTime, money, time};

/// Blocks that must follow a transfer's block until it is solid: 19 of the 27 producers.
/// <https://developers.tron.network/docs/confirmation-semantics>
pub const REQUIRED_CONFIRMATIONS: u8 = 19;

/// The ID of a payment: random in [2^40, 2^53), so that it can neither be walked nor lose digits
/// in JavaScript or PHP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct PaymentId(u64);

/// The number or text cannot be a payment's ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPaymentId;

impl PaymentId {
    pub const MIN: u64 = 1 << 40;
    pub const MAX: u64 = (1 << 53) - 1;

    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for PaymentId {
    type Error = NotAPaymentId;

    fn try_from(id: u64) -> Result<Self, NotAPaymentId> {
        if (Self::MIN..=Self::MAX).contains(&id) {
            Ok(Self(id))
        } else {
            Err(NotAPaymentId)
        }
    }
}

impl From<PaymentId> for u64 {
    fn from(id: PaymentId) -> Self {
        id.0
    }
}

impl FromStr for PaymentId {
    type Err = NotAPaymentId;

    /// Reads plain decimal digits, as they stand in `payment_url`.
    fn from_str(text: &str) -> Result<Self, NotAPaymentId> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAPaymentId);
        }
        text.parse::<u64>().map_err(|_| NotAPaymentId)?.try_into()
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for NotAPaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a payment ID")
    }
}

impl std::error::Error for NotAPaymentId {}

/// Where a payment stands. `expired` may still become `paid` by a late payment; nothing leaves
/// `paid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum PaymentStatus {
    /// Waiting for the payer.
    Pending,
    /// The exact amount arrived in a solid block.
    Paid,
    /// The payment window ended first.
    Expired,
    /// You or the operator have cancelled it.
    Failed,
}

impl PaymentStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }
}

/// The only currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Currency {
    #[serde(rename = "USDT")]
    Usdt,
}

/// The only network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Network {
    #[serde(rename = "TRC20")]
    Trc20,
}

/// A payment as anyone sees it who knows its ID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "PublicPayment"))]
pub struct Payment {
    pub payment_id: PaymentId,
    /// The merchant's order. Only its project sees it.
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    pub status: PaymentStatus,
    /// What the merchant asked for.
    pub amount: Usdt,
    /// What the payer must send, exactly.
    #[serde(with = "money::six_decimals")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::SixDecimals"))]
    pub pay_amount: Usdt,
    pub currency: Currency,
    pub network: Network,
    /// Where to pay to.
    pub address: TronAddress,
    /// The page to which the payer is sent.
    pub payment_url: RedirectUrl,
    /// Until when to pay.
    pub expires_at: UtcTime,
    /// Whole seconds until `expires_at` by the server's clock, never below 0.
    pub expires_in: u64,
    /// The time of the gateway.
    #[serde(with = "time::rfc3339")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Rfc3339"))]
    pub server_time: UtcTime,
    /// What it is for. Its project sees it, and payers where the operator has set that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where the payer goes after paying.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_url: Option<RedirectUrl>,
    /// Where the payer goes after cancelling, or when it expired or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_url: Option<RedirectUrl>,
    /// Blocks that have followed the transfer's block, at most `required_confirmations`.
    pub confirmations: u8,
    /// Blocks after which a transfer is final.
    pub required_confirmations: u8,
    /// What arrived, once anything was credited.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "money::optional_six_decimals"
    )]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::SixDecimals>")
    )]
    pub received_amount: Option<Usdt>,
    /// The transfer that was seen or credited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub txid: Option<Txid>,
    /// When the block was made that holds the transfer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<UtcTime>,
    /// The payment became paid after its window had ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// Money that came in, looks meant for this payment, and has not paid it. Also once something
    /// else has, until a person has decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmatched: Option<Unmatched>,
    /// Money on its way in a block that is not final yet, that is likely meant for this payment and
    /// is not its amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arriving: Option<Unmatched>,
    /// Whole seconds by which the gateway is behind in reading the chain, besides the minute that
    /// final blocks always are. Absent unless it is more than a minute.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub chain_delay: u64,
    /// The price in another currency, where the merchant has asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Grows with every change; also the `ETag`.
    pub version: u64,
}

/// Transfers to a payment's address that do not pay it by themselves: less, more, or too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unmatched {
    /// The sum of them.
    #[serde(with = "money::six_decimals")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::SixDecimals"))]
    pub amount: Usdt,
    /// The latest of them.
    pub txid: Txid,
}

// The form is serde's.
#[expect(clippy::trivially_copy_pass_by_ref)]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// An answer of the status endpoint: a payment, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAnswer {
    pub ok: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl StatusAnswer {
    pub const fn payment(payment: Payment) -> Self {
        Self {
            ok: true,
            payment: Some(payment),
            error: None,
        }
    }

    pub fn error(message: impl Into<String>) -> Self {
        Self {
            ok: false,
            payment: None,
            error: Some(message.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment() -> Payment {
        Payment {
            payment_id: PaymentId::try_from(1_234_567_890_123).unwrap(),
            order_id: None,
            status: PaymentStatus::Pending,
            amount: "50".parse().unwrap(),
            pay_amount: "50.0134".parse().unwrap(),
            currency: Currency::Usdt,
            network: Network::Trc20,
            address: "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH".parse().unwrap(),
            payment_url: "https://pay.example.com/pay/?id=1234567890123"
                .parse()
                .unwrap(),
            expires_at: "2026-07-01 18:30:00".parse().unwrap(),
            expires_in: 900,
            server_time: "2026-07-01 18:15:00".parse().unwrap(),
            description: None,
            success_url: Some("https://merchant-site.com/success".parse().unwrap()),
            fail_url: None,
            confirmations: 0,
            required_confirmations: REQUIRED_CONFIRMATIONS,
            received_amount: None,
            txid: None,
            paid_at: None,
            late: false,
            unmatched: None,
            arriving: None,
            chain_delay: 0,
            price: None,
            version: 1,
        }
    }

    #[test]
    fn a_payment_is_written_as_published() {
        assert_eq!(
            serde_json::to_string(&StatusAnswer::payment(payment())).unwrap(),
            concat!(
                r#"{"ok":true,"payment":{"payment_id":1234567890123,"status":"pending","#,
                r#""amount":"50.00","pay_amount":"50.013400","currency":"USDT","network":"TRC20","#,
                r#""address":"TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH","#,
                r#""payment_url":"https://pay.example.com/pay/?id=1234567890123","#,
                r#""expires_at":"2026-07-01 18:30:00","expires_in":900,"#,
                r#""server_time":"2026-07-01T18:15:00.000Z","#,
                r#""success_url":"https://merchant-site.com/success","confirmations":0,"#,
                r#""required_confirmations":19,"version":1}}"#,
            )
        );
    }

    #[test]
    fn what_has_come_and_not_paid_and_a_delay_stand_behind_the_published_fields() {
        let [txid, next] = [[0xab; 32], [0xcd; 32]].map(Txid::from_bytes);
        let sent = Payment {
            unmatched: Some(Unmatched {
                amount: "49.0134".parse().unwrap(),
                txid,
            }),
            arriving: Some(Unmatched {
                amount: "1".parse().unwrap(),
                txid: next,
            }),
            chain_delay: 61,
            ..payment()
        };
        let json = serde_json::to_string(&sent).unwrap();
        let end = [
            format!(r#""unmatched":{{"amount":"49.013400","txid":"{txid}"}},"#),
            format!(r#""arriving":{{"amount":"1.000000","txid":"{next}"}},"#),
            r#""chain_delay":61,"version":1}"#.to_owned(),
        ]
        .concat();
        assert!(json.ends_with(&end), "{json}");
        assert_eq!(serde_json::from_str::<Payment>(&json).unwrap(), sent);
    }

    #[test]
    fn a_payment_survives_the_wire_without_the_merchants_order_id() {
        let sent = Payment {
            order_id: Some("ORDER_1".into()),
            description: Some("Service payment".into()),
            ..payment()
        };
        let json = serde_json::to_string(&StatusAnswer::payment(sent)).unwrap();
        assert!(json.contains(r#""payment_id":1234567890123,"order_id":"ORDER_1","status""#));
        let read: StatusAnswer = serde_json::from_str(&json).unwrap();
        let described = Payment {
            description: Some("Service payment".into()),
            ..payment()
        };
        assert_eq!(read, StatusAnswer::payment(described));
    }

    #[test]
    fn hostile_fields_are_refused() {
        let json = serde_json::to_string(&payment()).unwrap();
        for (good, bad) in [
            (
                "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
                "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdh",
            ),
            ("https://merchant-site.com/success", "javascript:alert(1)"),
            ("50.013400", "50.01340000"),
            ("1234567890123,", "123,"),
            ("TRC20", "ERC20"),
            ("pending", "PAID"),
        ] {
            let changed = json.replacen(good, bad, 1);
            assert_ne!(changed, json);
            assert!(serde_json::from_str::<Payment>(&changed).is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_are_plain_digits_in_range() {
        assert_eq!(
            "1099511627776".parse::<PaymentId>().map(PaymentId::get),
            Ok(1 << 40)
        );
        for text in [
            "",
            "123",
            "+1099511627776",
            "9007199254740992",
            "1099511627776 ",
            "1e15",
        ] {
            assert_eq!(text.parse::<PaymentId>(), Err(NotAPaymentId), "{text}");
        }
    }
}
