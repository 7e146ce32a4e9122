//! The one transaction that a wallet is asked to sign: a transfer of exactly what the page shows.
//!
//! Messages: <https://github.com/tronprotocol/protocol/blob/master/core/Tron.proto> and
//! <https://github.com/tronprotocol/protocol/blob/master/core/contract/smart_contract.proto>.

use usdt_protocol::txid::{Hex, decode_hex_bytes};
use usdt_protocol::wallet::FEE_LIMIT;
use usdt_protocol::{TronAddress, Txid, Usdt};

/// `transfer(address,uint256)`.
const SELECTOR: &[u8] = b"\xa9\x05\x9c\xbb";

/// Field 11 of the raw data, up to the call's fields. Every transfer has the same lengths: 174
/// bytes with the type 31, 169 of them its parameter, with a name of 49 and a call of 116.
const CONTRACT: &[u8] = b"\x5a\xae\x01\x08\x1f\x12\xa9\x01\
    \x0a\x31type.googleapis.com/protocol.TriggerSmartContract\x12\x74";

/// A payer's transfer of USDT.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transfer {
    pub from: TronAddress,
    pub token: TronAddress,
    pub to: TronAddress,
    pub amount: Usdt,
}

/// What of a transaction decides where money goes, as text.
#[derive(Debug)]
pub(crate) struct Written {
    pub owner: String,
    pub contract: String,
    pub data: String,
    /// All of it in protobuf, in hex: what the signature is for.
    pub raw: String,
    /// Its hash, which some wallets sign as it is given.
    pub txid: String,
}

impl Transfer {
    /// Whether the transaction is this transfer and nothing else.
    pub fn is(&self, written: &Written) -> bool {
        written.owner == self.from.to_hex()
            && written.contract == self.token.to_hex()
            && written.data == Hex(&self.call_data()).to_string()
            && decode_hex_bytes(&written.raw).is_some_and(|raw| {
                self.is_all_of(&raw) == Some(true)
                    && written.txid == Txid::of_signed(&raw).to_string()
            })
    }

    /// Whether the raw data has each field once, in the gateway's order, and no other.
    fn is_all_of(&self, raw: &[u8]) -> Option<bool> {
        // The block that it names, by two bytes of the number and eight of the hash.
        let (_, raw) = raw.strip_prefix(b"\x0a\x02")?.split_at_checked(2)?;
        let (_, raw) = raw.strip_prefix(b"\x22\x08")?.split_at_checked(8)?;
        let (_expiration, raw) = varint(raw.strip_prefix(b"\x40")?)?;
        let raw = raw.strip_prefix(self.contract().as_slice())?;
        let (_timestamp, raw) = varint(raw.strip_prefix(b"\x70")?)?;
        let (fee_limit, raw) = varint(raw.strip_prefix(b"\x90\x01")?)?;
        Some(raw.is_empty() && fee_limit <= u64::from(FEE_LIMIT))
    }

    fn contract(&self) -> Vec<u8> {
        // Owner and contract of 21 bytes in the call's fields 1 and 2, 68 bytes of data in field 4.
        let parts: [&[u8]; 7] = [
            CONTRACT,
            b"\x0a\x15\x41",
            self.from.bytes(),
            b"\x12\x15\x41",
            self.token.bytes(),
            b"\x22\x44",
            &self.call_data(),
        ];
        parts.concat()
    }

    fn call_data(&self) -> Vec<u8> {
        let amount = self.amount.micro().to_be_bytes();
        let parts: [&[u8]; 4] = [SELECTOR, &self.to.to_abi_word(), &[0; 24], &amount];
        parts.concat()
    }
}

/// A number of up to 63 bits, and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let last = bytes.iter().take(9).position(|byte| *byte < 0x80)?;
    let (number, rest) = bytes.split_at_checked(last + 1)?;
    let shifted = |value, byte: &u8| value << 7 | u64::from(byte & 0x7f);
    Some((number.iter().rev().fold(0, shifted), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &str = "410976782e1b25c5364ea68595145dd20bd9137276";
    const TOKEN: &str = "41a614f803b6fd780986a42c78ec9c7f77e6ded13c";
    const TO: &str = "41a33564d0de15b3c7c4d6c50ab72b32c59ef5bd94";
    const DATA: &str = "a9059cbb\
        000000000000000000000000a33564d0de15b3c7c4d6c50ab72b32c59ef5bd94\
        0000000000000000000000000000000000000000000000000000000000465000";

    /// A transfer of 4.608 USDT on the main network, in March 2021.
    const ID: &str = "2a985f0c5fd37aaffca2f9c29bd1eaa50ccaae6adef7585b73ad89ae67b745a4";
    const REFERENCE: &str = "0a02f6e62208d25ce9686f7999f0";
    const EXPIRATION: &str = "40b8c6ecff822f";
    const NAME: &str = "0a31747970652e676f6f676c65617069732e636f6d2f70726f746f636f6c2e\
        54726967676572536d617274436f6e7472616374";
    const END: &str = "70fa82e9ff822f";
    const FEE: &str = "900180b48913";

    fn address(hex: &str) -> TronAddress {
        TronAddress::from_hex(hex).unwrap()
    }

    fn transfer() -> Transfer {
        Transfer {
            from: address(OWNER),
            token: address(TOKEN),
            to: address(TO),
            amount: "4.608".parse().unwrap(),
        }
    }

    /// A message or text in this field, after the tag.
    fn field(tag: &str, content: &str) -> String {
        match content.len() / 2 {
            length @ ..0x80 => format!("{tag}{length:02x}{content}"),
            length => format!(
                "{tag}{:02x}{:02x}{content}",
                length & 0x7f | 0x80,
                length >> 7
            ),
        }
    }

    fn call(data: &str) -> String {
        [field("0a", OWNER), field("12", TOKEN), field("22", data)].concat()
    }

    fn contract(call: &str) -> String {
        let parameter = [NAME, &field("12", call)].concat();
        field("5a", &["081f", &field("12", &parameter)].concat())
    }

    /// The transaction of these bytes, with fields and an ID that fit.
    fn written(parts: &[&str]) -> Written {
        let raw = parts.concat();
        Written {
            owner: OWNER.to_owned(),
            contract: TOKEN.to_owned(),
            data: DATA.to_owned(),
            txid: Txid::of_signed(&decode_hex_bytes(&raw).unwrap()).to_string(),
            raw,
        }
    }

    fn with_contract(contract: &str) -> Written {
        written(&[REFERENCE, EXPIRATION, contract, END, FEE])
    }

    fn mined() -> Written {
        with_contract(&contract(&call(DATA)))
    }

    #[test]
    fn exactly_what_is_shown_is_signed() {
        assert_eq!(mined().txid, ID, "as the main network has it");
        assert!(transfer().is(&mined()));
    }

    #[test]
    fn another_recipient_amount_or_call_is_not_signed() {
        for data in [
            DATA.replace("a33564d0", "a33564d1"),
            DATA.replace("465000", "465001"),
            DATA.replace("a9059cbb", "095ea7b3"),
            DATA.replace("000465", "010465"),
        ] {
            let mut other = with_contract(&contract(&call(&data)));
            assert!(!transfer().is(&other), "only the bytes say {data}");
            other.data.clone_from(&data);
            assert!(!transfer().is(&other), "{data}");
            let other = Written { data, ..mined() };
            assert!(!transfer().is(&other), "only the field says {other:?}");
        }
        for (one, another) in [(TOKEN, OWNER), (OWNER, TO)] {
            let bytes = call(DATA).replace(one, another);
            assert!(!transfer().is(&with_contract(&contract(&bytes))), "{bytes}");
        }
        let mut other = mined();
        other.contract = OWNER.to_owned();
        assert!(!transfer().is(&other), "another token");
        let mut other = mined();
        other.owner = TOKEN.to_owned();
        assert!(!transfer().is(&other), "another account");
    }

    #[test]
    fn a_call_in_a_memo_does_not_hide_the_one_that_is_signed() {
        let good = contract(&call(DATA));
        let approve = contract(&call(&DATA.replace("a9059cbb", "095ea7b3")));
        let memo = field("52", &good);
        for parts in [
            [REFERENCE, EXPIRATION, &memo, &approve, END, FEE],
            [REFERENCE, EXPIRATION, &good, &approve, END, FEE],
            [REFERENCE, EXPIRATION, &approve, &good, END, FEE],
        ] {
            assert!(!transfer().is(&written(&parts)), "{parts:?}");
        }
    }

    #[test]
    fn nothing_is_signed_beside_the_call() {
        let good = contract(&call(DATA));
        let memo = field("52", "78");
        for parts in [
            &[REFERENCE, EXPIRATION, &memo, &good, END, FEE][..],
            &[REFERENCE, EXPIRATION, &good, END, FEE, "4001"],
            &[REFERENCE, EXPIRATION, &good, END],
            &[REFERENCE, EXPIRATION, &good, END, FEE, FEE],
            // Another permission's signature stands in the contract's field 5.
            &[
                REFERENCE,
                EXPIRATION,
                &good.replace("081f", "2802"),
                END,
                FEE,
            ],
            &[],
        ] {
            assert!(!transfer().is(&written(parts)), "{parts:?}");
        }
        // TRX and a TRC-10 token that go with the call: fields 3, 5 and 6.
        for beside in ["1801", "2801", "3001"] {
            let bytes = [call(DATA), beside.to_owned()].concat();
            assert!(
                !transfer().is(&with_contract(&contract(&bytes))),
                "{beside}"
            );
        }
        let other_type = contract(&call(DATA)).replace("081f", "0801");
        assert!(!transfer().is(&with_contract(&other_type)));
    }

    #[test]
    fn a_fee_above_the_limit_is_not_signed() {
        let good = contract(&call(DATA));
        // 100 TRX, a sun more, all of a negative number's ten bytes, and no end.
        for (fee, is_signed) in [
            ("900180c2d72f", true),
            ("900181c2d72f", false),
            ("9001ffffffffffffffffff01", false),
            ("9001ff", false),
        ] {
            let other = written(&[REFERENCE, EXPIRATION, &good, END, fee]);
            assert_eq!(transfer().is(&other), is_signed, "{fee}");
        }
    }

    #[test]
    fn an_id_of_other_bytes_is_not_signed() {
        let mut other = mined();
        other.txid = ID.replace("2a98", "2a99");
        assert!(!transfer().is(&other));
    }
}
