//! The form of the types on the wire, as JSON Schema tells it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::payment::PaymentId;
use crate::price::{CurrencyCode, Decimal};
use crate::{RedirectUrl, TronAddress, Txid, Usdt, UtcTime};

/// An amount with all six decimals: see [`crate::money::six_decimals`].
pub enum SixDecimals {}

/// A time as in RFC 3339: see [`crate::time::rfc3339`].
pub enum Rfc3339 {}

macro_rules! described {
    ($($type:ty: $name:literal $schema:tt)*) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        })*
    };
}

described! {
    PaymentId: "PaymentId" {
        "description": "The ID of a payment: a random number of up to 53 bits. Use a 64-bit column.",
        "type": "integer",
        "minimum": (PaymentId::MIN),
        "maximum": (PaymentId::MAX),
        "examples": [6_070_472_267_431_395_u64]
    }
    Usdt: "Amount" {
        "description": "An amount in USDT, or in another currency where it stands in a price: decimal text with 2 to 6 decimals.",
        "type": "string",
        "pattern": r"^[0-9]{1,14}\.[0-9]{2,6}$",
        "examples": ["50.00"]
    }
    SixDecimals: "ExactAmount" {
        "description": "An amount in USDT to the last millionth: decimal text with 6 decimals.",
        "type": "string",
        "pattern": r"^[0-9]{1,14}\.[0-9]{6}$",
        "examples": ["50.054200"]
    }
    UtcTime: "Time" {
        "description": "A time in UTC, without a zone: YYYY-MM-DD HH:MM:SS.",
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$",
        "examples": ["2026-07-01 18:30:00"]
    }
    Rfc3339: "Timestamp" {
        "description": "A time in UTC as in RFC 3339, with milliseconds.",
        "type": "string",
        "format": "date-time",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$",
        "examples": ["2026-07-01T18:00:00.000Z"]
    }
    Txid: "Txid" {
        "description": "The ID of a transaction on TRON: 64 hex digits.",
        "type": "string",
        "pattern": "^[0-9a-f]{64}$",
        "examples": ["d52cd9079cf82595dd507640b7b09e34d2dbb63a56b555355f5ef8984f1eb668"]
    }
    TronAddress: "Address" {
        "description": "An address on TRON, in Base58Check.",
        "type": "string",
        "pattern": "^T[1-9A-HJ-NP-Za-km-z]{33}$",
        "examples": ["TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH"]
    }
    RedirectUrl: "Url" {
        "description": "An absolute http or https URL of up to 2048 characters.",
        "type": "string",
        "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
        "maxLength": 2048,
        "examples": ["https://shop.example/thanks"]
    }
    CurrencyCode: "CurrencyCode" {
        "description": "The code of a currency as in ISO 4217.",
        "type": "string",
        "pattern": "^[A-Z]{3}$",
        "examples": ["EUR"]
    }
    Decimal: "Decimal" {
        "description": "A positive decimal number with a point.",
        "type": "string",
        "pattern": r"^[0-9]{1,20}\.[0-9]{1,20}$",
        "examples": ["1.0850"]
    }
}
