//! The receipt of a transaction, and the transfers that its logs prove.
//!
//! Shape: <https://developers.tron.network/reference/gettransactioninfobyid>.

use serde::Deserialize;
use usdt_protocol::txid::decode_hex;
use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};

/// The signature hash of `Transfer(address,address,uint256)`.
pub const TRANSFER_TOPIC: &str = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

/// A transfer of the token, in a transaction that succeeded.
///
/// Its identity is the transaction and the log's position in it: one transaction can hold many
/// transfers, even equal ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub txid: Txid,
    /// The position of the log among all logs of the transaction.
    pub log_position: u32,
    pub block: u64,
    pub block_time: UtcTime,
    pub from: TronAddress,
    pub to: TronAddress,
    /// Never zero.
    pub amount: Usdt,
}

/// What a node says of an executed transaction.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub txid: Txid,
    pub block: u64,
    pub block_time: UtcTime,
    succeeded: bool,
    failed: bool,
    logs: Vec<Log>,
}

#[derive(Clone, Debug, Deserialize)]
struct Log {
    address: String,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    data: String,
}

#[derive(Deserialize)]
struct WireReceipt {
    id: Txid,
    #[serde(rename = "blockNumber")]
    block_number: u64,
    #[serde(rename = "blockTimeStamp")]
    block_timestamp: i64,
    /// Present, as `FAILED`, only when the transaction failed.
    result: Option<String>,
    receipt: Option<Execution>,
    #[serde(default)]
    log: Vec<Log>,
}

#[derive(Deserialize)]
struct Execution {
    result: Option<String>,
}

impl<'de> Deserialize<'de> for Receipt {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = WireReceipt::deserialize(deserializer)?;
        let executed = wire.receipt.and_then(|execution| execution.result);
        Ok(Self {
            txid: wire.id,
            block: wire.block_number,
            block_time: UtcTime::from_millis(wire.block_timestamp),
            // Failed transactions can carry logs: java-tron keeps them after OUT_OF_TIME.
            succeeded: wire.result.is_none() && executed.as_deref() == Some("SUCCESS"),
            failed: wire.result.is_some() || executed.is_some_and(|result| result != "SUCCESS"),
            logs: wire.log,
        })
    }
}

impl Receipt {
    /// Whether the transaction did what it should. A failed one may still carry logs.
    pub fn succeeded(&self) -> bool {
        self.succeeded
    }

    /// Whether the transaction says that it failed. One that calls no contract says neither.
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// The transfers of `token` that this transaction made: none unless it succeeded.
    pub fn transfers(&self, token: TronAddress) -> Vec<Transfer> {
        if !self.succeeded {
            return Vec::new();
        }
        let transfer = |(position, log): (usize, &Log)| {
            let (from, to, amount) = log.transfer_of(token)?;
            Some(Transfer {
                txid: self.txid,
                log_position: u32::try_from(position).ok()?,
                block: self.block,
                block_time: self.block_time,
                from,
                to,
                amount,
            })
        };
        self.logs.iter().enumerate().filter_map(transfer).collect()
    }
}

impl Log {
    fn transfer_of(&self, token: TronAddress) -> Option<(TronAddress, TronAddress, Usdt)> {
        if TronAddress::from_hex(&self.address) != Ok(token) {
            return None;
        }
        decode_transfer(&self.topics, &self.data)
    }
}

/// Decodes the topics and data of a log, in hex without a prefix, where they are those of a
/// transfer of more than nothing. A value above `u64` cannot be USDT.
pub(crate) fn decode_transfer(
    topics: &[String],
    data: &str,
) -> Option<(TronAddress, TronAddress, Usdt)> {
    let [event, from, to] = topics else {
        return None;
    };
    if !event.eq_ignore_ascii_case(TRANSFER_TOPIC) {
        return None;
    }
    let value: [u8; 32] = decode_hex(data)?;
    let (upper, lower) = value.split_at(24);
    if upper.iter().any(|&byte| byte != 0) {
        return None;
    }
    let micro = u64::from_be_bytes(lower.try_into().ok()?);
    if micro == 0 {
        return None;
    }
    Some((
        TronAddress::from_abi_word(&decode_hex(from)?),
        TronAddress::from_abi_word(&decode_hex(to)?),
        Usdt::from_micro(micro),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::Network;

    const USDT: &str = "a614f803b6fd780986a42c78ec9c7f77e6ded13c";
    const FROM: &str = "0000000000000000000000007e5f4552091a69125d5dfcb7b8c2659029395bdf";
    const TO: &str = "000000000000000000000000c8599111f29c1e1e061265b4af93ea1f274ad78a";
    const VALUE: &str = "0000000000000000000000000000000000000000000000000000000002fb24d8";

    type Change = fn(&mut Value);

    fn log() -> Value {
        json!({"address": USDT, "topics": [TRANSFER_TOPIC, FROM, TO], "data": VALUE})
    }

    fn receipt(change: impl FnOnce(&mut Value)) -> Receipt {
        let mut wire = json!({
            "id": "d52cd9079cf82595dd507640b7b09e34d2dbb63a56b555355f5ef8984f1eb668",
            "fee": 4_493_350,
            "blockNumber": 66_987_627,
            "blockTimeStamp": 1_777_437_762_000_i64,
            "contractResult": ["00"],
            "contract_address": format!("41{USDT}"),
            "receipt": {"energy_usage_total": 29_631, "net_usage": 345, "result": "SUCCESS"},
            "log": [log()],
        });
        change(&mut wire);
        serde_json::from_value(wire).unwrap()
    }

    fn transfers(change: impl FnOnce(&mut Value)) -> Vec<Transfer> {
        receipt(change).transfers(Network::Mainnet.usdt_contract())
    }

    #[test]
    fn a_transfer_is_read_exactly() {
        assert_eq!(
            transfers(|_| {}),
            [Transfer {
                txid: "d52cd9079cf82595dd507640b7b09e34d2dbb63a56b555355f5ef8984f1eb668"
                    .parse()
                    .unwrap(),
                log_position: 0,
                block: 66_987_627,
                block_time: "2026-04-29 04:42:42".parse().unwrap(),
                from: "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC".parse().unwrap(),
                to: "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH".parse().unwrap(),
                amount: "50.0134".parse().unwrap(),
            }]
        );
    }

    #[test]
    fn a_failed_transaction_transfers_nothing_even_with_a_log() {
        assert!(transfers(|wire| wire["receipt"]["result"] = json!("OUT_OF_TIME")).is_empty());
        assert!(transfers(|wire| wire["result"] = json!("FAILED")).is_empty());
        assert!(transfers(|wire| wire["receipt"] = json!({"net_fee": 267_000})).is_empty());
    }

    #[test]
    fn a_failure_is_told_from_a_transaction_that_calls_no_contract() {
        assert!(!receipt(|_| {}).failed());
        assert!(receipt(|wire| wire["result"] = json!("FAILED")).failed());
        assert!(receipt(|wire| wire["receipt"]["result"] = json!("OUT_OF_TIME")).failed());
        let plain = receipt(|wire| wire["receipt"] = json!({"net_fee": 267_000}));
        assert!(!plain.failed() && !plain.succeeded());
    }

    #[test]
    fn only_sound_logs_of_the_token_are_transfers() {
        let unsound: [(&str, Change); 8] = [
            ("fake token", |log| {
                log["address"] = json!("ea51342dabbb928ae1e576bd39eff8aaf070a8c6");
            }),
            ("another event", |log| {
                log["topics"][0] =
                    json!("8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925");
            }),
            ("four topics", |log| {
                log["topics"].as_array_mut().unwrap().push(json!(TO));
            }),
            ("two topics", |log| {
                log["topics"].as_array_mut().unwrap().pop();
            }),
            ("31 bytes of data", |log| log["data"] = json!(&VALUE[2..])),
            ("no data", |log| {
                log.as_object_mut().unwrap().remove("data");
            }),
            ("value 0", |log| log["data"] = json!("0".repeat(64))),
            ("value above u64", |log| {
                log["data"] = json!(format!("{}1{}", "0".repeat(47), "0".repeat(16)));
            }),
        ];
        for (what, change) in unsound {
            assert!(
                transfers(|wire| change(&mut wire["log"][0])).is_empty(),
                "{what}"
            );
        }
    }

    #[test]
    fn dirty_upper_bytes_of_an_address_do_not_hide_a_transfer() {
        let dirty = format!("{}41{}", "f".repeat(22), &TO[24..]);
        let found = transfers(|wire| wire["log"][0]["topics"][2] = json!(dirty));
        assert_eq!(
            found[0].to.to_string(),
            "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH"
        );
    }

    #[test]
    fn equal_transfers_in_one_transaction_are_told_apart_by_position() {
        let approval = json!({"address": USDT, "topics": [], "data": ""});
        let found = transfers(|wire| wire["log"] = json!([log(), approval, log()]));
        let positions: Vec<_> = found.iter().map(|transfer| transfer.log_position).collect();
        assert_eq!(positions, [0, 2]);
    }

    proptest! {
        #[test]
        fn decoding_never_panics(topics in prop::collection::vec("[0-9a-fé]{0,70}", 0..5), data in "\\PC{0,70}") {
            let _ = decode_transfer(&topics, &data);
        }
    }
}
