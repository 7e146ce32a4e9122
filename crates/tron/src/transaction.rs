//! A transfer of the token as a wallet signs it: built for a payer, and read back when signed.
//!
//! Messages: <https://github.com/tronprotocol/protocol/blob/master/core/Tron.proto> and
//! <https://github.com/tronprotocol/protocol/blob/master/core/contract/smart_contract.proto>.

use prost::Message;
use serde_json::{Value, json};
use usdt_protocol::txid::Hex;
use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};

/// `ContractType.TriggerSmartContract`.
const TRIGGER_CONTRACT: i32 = 31;
const TRIGGER_TYPE_URL: &str = "type.googleapis.com/protocol.TriggerSmartContract";

/// The selector of `transfer(address,uint256)`.
const TRANSFER_SELECTOR: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];

/// What comes before the 20 bytes of an address.
const ADDRESS_PREFIX: u8 = 0x41;

/// The recent block that a transaction names, so that it is valid on one branch only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockReference {
    /// The two lowest bytes of the block's number.
    pub number: [u8; 2],
    /// The eight bytes that follow the number in the block's ID.
    pub hash: [u8; 8],
}

impl BlockReference {
    /// Names the block that has this ID, whose first eight bytes are the block's number.
    pub const fn of_block(id: &[u8; 32]) -> Self {
        let [_, _, _, _, _, _, n0, n1, h0, h1, h2, h3, h4, h5, h6, h7, ..] = *id;
        Self {
            number: [n0, n1],
            hash: [h0, h1, h2, h3, h4, h5, h6, h7],
        }
    }
}

/// A transaction that calls the token's `transfer` and does nothing else: no memo, no TRX, no
/// permission but the owner's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferTransaction {
    /// Who pays and signs.
    pub from: TronAddress,
    /// The contract that is called.
    pub token: TronAddress,
    pub to: TronAddress,
    pub amount: Usdt,
    pub reference: BlockReference,
    /// Blocks after one of this time do not take it.
    pub expiration: UtcTime,
    pub timestamp: UtcTime,
    /// The most TRX that may be burned for energy, in sun.
    pub fee_limit: u64,
}

/// The bytes are no transaction that transfers a token and does nothing else: whoever made them is
/// to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a transfer of a token and nothing else")]
pub struct NotATransfer;

impl TransferTransaction {
    /// The bytes that are signed.
    pub fn encode(&self) -> Vec<u8> {
        let trigger = TriggerSmartContract {
            owner_address: prefixed(self.from),
            contract_address: prefixed(self.token),
            data: self.call_data(),
        };
        Raw {
            ref_block_bytes: self.reference.number.to_vec(),
            ref_block_hash: self.reference.hash.to_vec(),
            expiration: self.expiration.millis(),
            contract: vec![Contract {
                kind: TRIGGER_CONTRACT,
                parameter: Some(Any {
                    type_url: TRIGGER_TYPE_URL.to_owned(),
                    value: trigger.encode_to_vec(),
                }),
            }],
            timestamp: self.timestamp.millis(),
            fee_limit: self.fee_limit.cast_signed(),
        }
        .encode_to_vec()
    }

    /// Reads the bytes that were signed.
    pub fn decode(bytes: &[u8]) -> Result<Self, NotATransfer> {
        let raw = Raw::decode(bytes).map_err(|_| NotATransfer)?;
        // What the messages here do not know, such as a memo or a permission, is lost in reading,
        // and then other bytes come out than went in.
        Self::of(&raw)
            .filter(|transfer| transfer.encode() == bytes)
            .ok_or(NotATransfer)
    }

    fn of(raw: &Raw) -> Option<Self> {
        let [contract] = raw.contract.as_slice() else {
            return None;
        };
        let trigger = contract.parameter.as_ref()?.value.as_slice();
        let trigger = TriggerSmartContract::decode(trigger).ok()?;
        let (_, arguments) = trigger.data.split_first_chunk::<4>()?;
        let (to, value) = arguments.split_first_chunk::<32>()?;
        Some(Self {
            from: unprefixed(&trigger.owner_address)?,
            token: unprefixed(&trigger.contract_address)?,
            to: TronAddress::from_abi_word(to),
            amount: Usdt::from_micro(u64::from_be_bytes(*value.last_chunk()?)),
            reference: BlockReference {
                number: raw.ref_block_bytes.as_slice().try_into().ok()?,
                hash: raw.ref_block_hash.as_slice().try_into().ok()?,
            },
            expiration: UtcTime::from_millis(raw.expiration),
            timestamp: UtcTime::from_millis(raw.timestamp),
            fee_limit: raw.fee_limit.cast_unsigned(),
        })
    }

    pub fn txid(&self) -> Txid {
        Txid::of_signed(&self.encode())
    }

    /// The form in which nodes write a transaction and wallets take one. Wallets encode `raw_data`
    /// again and sign only if that is `raw_data_hex`.
    ///
    /// Source: <https://developers.tron.network/reference/triggersmartcontract>.
    pub fn to_json(&self) -> Value {
        json!({
            "visible": false,
            "txID": self.txid(),
            "raw_data": {
                "contract": [{
                    "parameter": {
                        "value": {
                            "data": Hex(&self.call_data()).to_string(),
                            "owner_address": self.from.to_hex(),
                            "contract_address": self.token.to_hex(),
                        },
                        "type_url": TRIGGER_TYPE_URL,
                    },
                    "type": "TriggerSmartContract",
                }],
                "ref_block_bytes": Hex(&self.reference.number).to_string(),
                "ref_block_hash": Hex(&self.reference.hash).to_string(),
                "expiration": self.expiration.millis(),
                "fee_limit": self.fee_limit,
                "timestamp": self.timestamp.millis(),
            },
            "raw_data_hex": Hex(&self.encode()).to_string(),
        })
    }

    fn call_data(&self) -> Vec<u8> {
        let mut data = TRANSFER_SELECTOR.to_vec();
        data.extend_from_slice(&self.to.to_abi_word());
        data.extend_from_slice(&[0; 24]);
        data.extend_from_slice(&self.amount.micro().to_be_bytes());
        data
    }
}

/// A transfer with the signature of one key. Whether it is the payer's, the node finds out: the
/// keys of an account may be others than the one that made its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedTransfer {
    pub transfer: TransferTransaction,
    /// `r`, `s` and the recovery ID.
    pub signature: [u8; 65],
}

impl SignedTransfer {
    /// The form in which nodes take a signed transaction.
    pub fn to_json(&self) -> Value {
        let mut json = self.transfer.to_json();
        if let Some(fields) = json.as_object_mut() {
            let signature = json!([Hex(&self.signature).to_string()]);
            fields.insert("signature".to_owned(), signature);
        }
        json
    }
}

fn prefixed(address: TronAddress) -> Vec<u8> {
    let mut bytes = vec![ADDRESS_PREFIX];
    bytes.extend_from_slice(address.bytes());
    bytes
}

fn unprefixed(bytes: &[u8]) -> Option<TronAddress> {
    let (_, address) = bytes.split_first()?;
    Some(TronAddress::from_bytes(address.try_into().ok()?))
}

/// `Transaction.raw`.
#[derive(Clone, PartialEq, Message)]
struct Raw {
    #[prost(bytes = "vec", tag = "1")]
    ref_block_bytes: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    ref_block_hash: Vec<u8>,
    #[prost(int64, tag = "8")]
    expiration: i64,
    #[prost(message, repeated, tag = "11")]
    contract: Vec<Contract>,
    #[prost(int64, tag = "14")]
    timestamp: i64,
    #[prost(int64, tag = "18")]
    fee_limit: i64,
}

/// `Transaction.Contract`.
#[derive(Clone, PartialEq, Message)]
struct Contract {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(message, optional, tag = "2")]
    parameter: Option<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `TriggerSmartContract`, without what only calls that move TRX or TRC-10 tokens have.
#[derive(Clone, PartialEq, Message)]
struct TriggerSmartContract {
    #[prost(bytes = "vec", tag = "1")]
    owner_address: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    contract_address: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    data: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use usdt_protocol::txid::decode_hex_bytes;

    use super::*;

    /// A transfer of 4.608 USDT on the main network, in March 2021.
    const ID: &str = "2a985f0c5fd37aaffca2f9c29bd1eaa50ccaae6adef7585b73ad89ae67b745a4";
    const RAW: &str = "0a02f6e62208d25ce9686f7999f040b8c6ecff822f5aae01081f12a9010a31747970652e676f6f676c65617069732e636f6d2f70726f746f636f6c2e54726967676572536d617274436f6e747261637412740a15410976782e1b25c5364ea68595145dd20bd9137276121541a614f803b6fd780986a42c78ec9c7f77e6ded13c2244a9059cbb000000000000000000000000a33564d0de15b3c7c4d6c50ab72b32c59ef5bd94000000000000000000000000000000000000000000000000000000000046500070fa82e9ff822f900180b48913";

    fn mined() -> TransferTransaction {
        TransferTransaction {
            from: address("410976782e1b25c5364ea68595145dd20bd9137276"),
            token: address("41a614f803b6fd780986a42c78ec9c7f77e6ded13c"),
            to: address("41a33564d0de15b3c7c4d6c50ab72b32c59ef5bd94"),
            amount: Usdt::from_micro(4_608_000),
            reference: BlockReference {
                number: [0xf6, 0xe6],
                hash: [0xd2, 0x5c, 0xe9, 0x68, 0x6f, 0x79, 0x99, 0xf0],
            },
            expiration: UtcTime::from_millis(1_615_712_691_000),
            timestamp: UtcTime::from_millis(1_615_712_633_210),
            fee_limit: 40_000_000,
        }
    }

    fn address(hex: &str) -> TronAddress {
        TronAddress::from_hex(hex).unwrap()
    }

    fn raw(transfer: &TransferTransaction) -> Raw {
        Raw::decode(transfer.encode().as_slice()).unwrap()
    }

    /// The bytes of the transfer with another call.
    fn with_call(change: impl FnOnce(&mut TriggerSmartContract)) -> Vec<u8> {
        let mut raw = raw(&mined());
        let parameter = raw.contract[0].parameter.as_mut().unwrap();
        let mut trigger = TriggerSmartContract::decode(parameter.value.as_slice()).unwrap();
        change(&mut trigger);
        parameter.value = trigger.encode_to_vec();
        raw.encode_to_vec()
    }

    #[test]
    fn a_transfer_that_the_main_network_has_taken_is_built_byte_for_byte() {
        assert_eq!(Hex(&mined().encode()).to_string(), RAW);
        assert_eq!(mined().txid().to_string(), ID);
        assert_eq!(TransferTransaction::decode(&mined().encode()), Ok(mined()));
    }

    #[test]
    fn its_json_is_that_of_a_node() {
        let expected = json!({
            "visible": false,
            "txID": ID,
            "raw_data": {
                "contract": [{
                    "parameter": {
                        "value": {
                            "data": "a9059cbb000000000000000000000000a33564d0de15b3c7c4d6c50ab72b32c59ef5bd940000000000000000000000000000000000000000000000000000000000465000",
                            "owner_address": "410976782e1b25c5364ea68595145dd20bd9137276",
                            "contract_address": "41a614f803b6fd780986a42c78ec9c7f77e6ded13c"
                        },
                        "type_url": "type.googleapis.com/protocol.TriggerSmartContract"
                    },
                    "type": "TriggerSmartContract"
                }],
                "ref_block_bytes": "f6e6",
                "ref_block_hash": "d25ce9686f7999f0",
                "expiration": 1_615_712_691_000_i64,
                "fee_limit": 40_000_000,
                "timestamp": 1_615_712_633_210_i64
            },
            "raw_data_hex": RAW,
        });
        assert_eq!(mined().to_json(), expected);
        let signed = SignedTransfer {
            transfer: mined(),
            signature: [7; 65],
        };
        let mut json = signed.to_json();
        assert_eq!(json["signature"], json!(["07".repeat(65)]));
        json.as_object_mut().unwrap().remove("signature");
        assert_eq!(json, expected);
    }

    #[test]
    fn a_block_is_named_by_the_end_of_its_number_and_the_bytes_after_it() {
        let mut id = [0; 32];
        for (byte, value) in id.iter_mut().zip(0..) {
            *byte = value;
        }
        let reference = BlockReference::of_block(&id);
        assert_eq!(reference.number, [6, 7]);
        assert_eq!(reference.hash, [8, 9, 10, 11, 12, 13, 14, 15]);
    }

    #[test]
    fn whatever_else_a_transaction_can_do_is_refused() {
        let call =
            |selector: [u8; 4]| with_call(|trigger| trigger.data[..4].copy_from_slice(&selector));
        let twice = {
            let mut raw = raw(&mined());
            raw.contract.push(raw.contract[0].clone());
            raw.encode_to_vec()
        };
        let of_type = |kind| {
            let mut raw = raw(&mined());
            raw.contract[0].kind = kind;
            raw.encode_to_vec()
        };
        let followed_by = |more: &[u8]| [mined().encode().as_slice(), more].concat();
        let named = |url: &str| {
            let mut raw = raw(&mined());
            raw.contract[0].parameter.as_mut().unwrap().type_url = url.to_owned();
            raw.encode_to_vec()
        };
        for (what, bytes) in [
            ("approve", call([0x09, 0x5e, 0xa7, 0xb3])),
            ("increaseApproval", call([0xd7, 0x3d, 0xd6, 0x23])),
            ("transferFrom", call([0x23, 0xb8, 0x72, 0xdd])),
            ("no call", with_call(|trigger| trigger.data.clear())),
            ("a longer call", with_call(|trigger| trigger.data.push(0))),
            (
                "a recipient with dirty upper bytes",
                with_call(|trigger| trigger.data[15] = 0x41),
            ),
            (
                "an amount above 64 bits",
                with_call(|trigger| trigger.data[36] = 1),
            ),
            (
                "an owner of another network",
                with_call(|trigger| trigger.owner_address[0] = 0xa0),
            ),
            (
                "a contract of 20 bytes",
                with_call(|trigger| {
                    trigger.contract_address.remove(0);
                }),
            ),
            ("two calls", twice),
            ("another type", of_type(1)),
            ("no type", of_type(0)),
            (
                "another message",
                named("type.googleapis.com/protocol.TransferContract"),
            ),
            // Field 10 of the raw data.
            ("a memo", followed_by(&[0x52, 1, b'x'])),
            ("a second expiration", followed_by(&[0x40, 1])),
            ("an unknown field", followed_by(&[0xf8, 0x07, 1])),
            ("less", mined().encode()[1..].to_vec()),
            ("nothing", Vec::new()),
        ] {
            let read = TransferTransaction::decode(&bytes);
            assert_eq!(read, Err(NotATransfer), "{what}");
        }
        // TRX to go with the call, and a permission: fields 3 of the call and 5 of the contract.
        let encoded = Hex(&mined().encode()).to_string();
        for (what, inner, outer) in [("TRX", "1801", ""), ("a permission", "", "2802")] {
            let inside = inner.len() / 2;
            let longer = inside + outer.len() / 2;
            let changed = encoded
                .replace("5aae01081f", &format!("5a{:02x}01081f", 0xae + longer))
                .replace("12a9010a31", &format!("12{:02x}010a31", 0xa9 + inside))
                .replace("12740a15", &format!("12{:02x}0a15", 0x74 + inside))
                .replace("2244a905", &format!("{inner}2244a905"))
                .replace("70fa82", &format!("{outer}70fa82"));
            let bytes = decode_hex_bytes(&changed).unwrap();
            assert!(Raw::decode(bytes.as_slice()).is_ok(), "{what}");
            let read = TransferTransaction::decode(&bytes);
            assert_eq!(read, Err(NotATransfer), "{what}");
        }
    }

    prop_compose! {
        fn transfers()(
            accounts: [[u8; 20]; 3],
            micro: u64,
            number: [u8; 2],
            hash: [u8; 8],
            times: [i64; 2],
            fee_limit in 0..=i64::MAX.unsigned_abs(),
        ) -> TransferTransaction {
            let [from, token, to] = accounts.map(TronAddress::from_bytes);
            TransferTransaction {
                from,
                token,
                to,
                amount: Usdt::from_micro(micro),
                reference: BlockReference { number, hash },
                expiration: UtcTime::from_millis(times[0]),
                timestamp: UtcTime::from_millis(times[1]),
                fee_limit,
            }
        }
    }

    proptest! {
        #[test]
        fn every_transfer_is_read_back_as_it_was_built(transfer in transfers()) {
            prop_assert_eq!(TransferTransaction::decode(&transfer.encode()), Ok(transfer));
        }

        #[test]
        fn a_changed_byte_is_refused_or_read_as_what_it_changed(
            transfer in transfers(),
            at: prop::sample::Index,
            to: u8,
        ) {
            let mut bytes = transfer.encode();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != to);
            bytes[at] = to;
            if let Ok(read) = TransferTransaction::decode(&bytes) {
                prop_assert_ne!(read, transfer);
                prop_assert_eq!(read.encode(), bytes);
            }
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = TransferTransaction::decode(&bytes);
        }
    }
}
