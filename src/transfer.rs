//! The one transaction that a wallet is asked to sign: a transfer of exactly what the page shows.

use usdt_protocol::txid::Hex;
use usdt_protocol::{TronAddress, Usdt};

/// `transfer(address,uint256)`, in hex.
const SELECTOR: &str = "a9059cbb";

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
}

impl Transfer {
    /// Whether the transaction is this transfer and nothing else.
    pub fn is(&self, written: &Written) -> bool {
        let (owner, contract, data) = (self.from.to_hex(), self.token.to_hex(), self.call_data());
        // `TriggerSmartContract` in protocol/core/contract/smart_contract.proto of java-tron:
        // owner and contract of 21 bytes in fields 1 and 2, 68 bytes of data in field 4.
        let call = ["0a15", &owner, "1215", &contract, "2244", &data].concat();
        written.raw.matches(&call).count() == 1
            && written.owner == owner
            && written.contract == contract
            && written.data == data
    }

    fn call_data(&self) -> String {
        let to = Hex(&self.to.to_abi_word()).to_string();
        let amount = Hex(&self.amount.micro().to_be_bytes()).to_string();
        let zeros = Hex(&[0; 24]).to_string();
        [SELECTOR, &to, &zeros, &amount].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = "a9059cbb\
        000000000000000000000000c8599111f29c1e1e061265b4af93ea1f274ad78a\
        0000000000000000000000000000000000000000000000000000000002fb24d8";
    const OWNER: &str = "417e5f4552091a69125d5dfcb7b8c2659029395bdf";
    const TOKEN: &str = "41a614f803b6fd780986a42c78ec9c7f77e6ded13c";

    fn transfer() -> Transfer {
        Transfer {
            from: TronAddress::from_hex(OWNER).unwrap(),
            token: TronAddress::from_hex(TOKEN).unwrap(),
            to: TronAddress::from_hex("c8599111f29c1e1e061265b4af93ea1f274ad78a").unwrap(),
            amount: "50.0134".parse().unwrap(),
        }
    }

    fn written(data: &str) -> Written {
        Written {
            owner: OWNER.to_owned(),
            contract: TOKEN.to_owned(),
            data: data.to_owned(),
            raw: format!("0a02abcd0a15{OWNER}1215{TOKEN}2244{data}70e0"),
        }
    }

    #[test]
    fn exactly_what_is_shown_is_signed() {
        assert!(transfer().is(&written(DATA)));
    }

    #[test]
    fn another_recipient_amount_or_call_is_not_signed() {
        for data in [
            DATA.replace("c8599111", "c8599112"),
            DATA.replace("02fb24d8", "02fb24d9"),
            DATA.replace("a9059cbb", "095ea7b3"),
            DATA.replace("0002fb", "0102fb"),
        ] {
            assert!(!transfer().is(&written(&data)), "{data}");
        }
        let mut other = written(DATA);
        other.contract = OWNER.to_owned();
        assert!(!transfer().is(&other), "another token");
        let mut other = written(DATA);
        other.owner = TOKEN.to_owned();
        assert!(!transfer().is(&other), "another account");
    }

    #[test]
    fn bytes_that_say_something_else_than_the_fields_are_not_signed() {
        let mut other = written(DATA);
        other.raw = other.raw.replace("a9059cbb", "095ea7b3");
        assert!(!transfer().is(&other));
        let mut twice = written(DATA);
        twice.raw = twice.raw.repeat(2);
        assert!(!transfer().is(&twice));
    }
}
