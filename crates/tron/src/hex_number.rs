//! Serde for the quantities of JSON-RPC: `0x` and hex digits.

use serde::{Deserialize as _, Deserializer, de};

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.strip_prefix("0x")
        .filter(|digits| !digits.starts_with('+'))
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .ok_or_else(|| de::Error::custom("not a hex number"))
}
