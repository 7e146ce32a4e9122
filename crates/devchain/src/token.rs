//! Answers constant calls of the token's contract.

use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::TronAddress;
use usdt_protocol::txid::{Hex, decode_hex};

use crate::chain::{Snapshot, View};
use crate::log::{Word, word_of};
use crate::node_json;
use crate::raw_data::RawData;

pub const DECIMALS: u8 = 6;
pub const NAME: &str = "Tether USD";
pub const SYMBOL: &str = "USDT";

const ENERGY_USED: u64 = 935;

#[derive(Deserialize)]
pub struct ConstantCall {
    #[serde(default)]
    owner_address: String,
    #[serde(default)]
    contract_address: String,
    #[serde(default)]
    function_selector: String,
    #[serde(default)]
    parameter: String,
}

/// The result of a call that the contract knows.
struct Returned {
    selector: [u8; 4],
    value: Word,
}

pub fn answer(call: &ConstantCall, chain: Snapshot<'_>, view: View) -> Value {
    let (Some(owner), Some(contract)) = (
        node_address(&call.owner_address),
        node_address(&call.contract_address),
    ) else {
        return refusal(
            "OTHER_ERROR",
            "class java.lang.IllegalArgumentException : invalid address",
        );
    };
    if !chain.is_token(contract) {
        return refusal("CONTRACT_VALIDATE_ERROR", "Smart contract is not exist.");
    }
    let returned = execute(call, contract, chain, view);
    let selector = returned
        .as_ref()
        .map_or([0; 4], |returned| returned.selector);
    let raw = RawData::new(
        owner,
        contract,
        [&selector[..], &argument_bytes(&call.parameter)].concat(),
        chain.reference().into(),
        chain.now(),
    );
    let transaction = |ret: Value| {
        json!({
            "ret": [ret],
            "visible": false,
            "txID": raw.txid(),
            "raw_data": node_json::raw_data(&raw),
            "raw_data_hex": Hex(&raw.encode()).to_string(),
        })
    };
    match returned {
        Some(returned) => json!({
            "result": { "result": true },
            "energy_used": ENERGY_USED,
            "constant_result": [Hex(&returned.value).to_string()],
            "transaction": transaction(json!({})),
        }),
        None => json!({
            "result": { "result": true, "message": Hex(b"REVERT opcode executed").to_string() },
            "energy_used": ENERGY_USED,
            "constant_result": [""],
            "transaction": transaction(json!({ "ret": "FAILED" })),
        }),
    }
}

/// Runs the call; `None` reverts.
fn execute(
    call: &ConstantCall,
    contract: TronAddress,
    chain: Snapshot<'_>,
    view: View,
) -> Option<Returned> {
    let account = || decode_hex(&call.parameter).map(|word| TronAddress::from_abi_word(&word));
    let state = chain.token_state(contract, view);
    let (selector, value) = match call.function_selector.as_str() {
        "balanceOf(address)" => (
            [0x70, 0xa0, 0x82, 0x31],
            chain.balance(account()?, contract, view),
        ),
        "decimals()" => ([0x31, 0x3c, 0xe5, 0x67], DECIMALS.into()),
        "basisPointsRate()" => ([0xdd, 0x64, 0x4f, 0x72], state.basis_points_rate.into()),
        "maximumFee()" => ([0x35, 0x39, 0x07, 0x14], state.maximum_fee.micro().into()),
        "paused()" => ([0x5c, 0x97, 0x5a, 0xbb], state.paused.into()),
        "deprecated()" => ([0x0e, 0x13, 0x6b, 0x19], state.deprecated.into()),
        "isBlackListed(address)" => (
            [0xe4, 0x7d, 0x60, 0x60],
            state.blacklisted.contains(&account()?).into(),
        ),
        "getBlackListStatus(address)" => (
            [0x59, 0xbf, 0x1a, 0xbe],
            state.blacklisted.contains(&account()?).into(),
        ),
        _ => return None,
    };
    Some(Returned {
        selector,
        value: word_of(value),
    })
}

fn argument_bytes(parameter: &str) -> Vec<u8> {
    decode_hex::<32>(parameter).map_or_else(Vec::new, |word| word.to_vec())
}

/// Nodes take addresses in hex with the prefix, and in Base58 with `visible`.
fn node_address(text: &str) -> Option<TronAddress> {
    TronAddress::from_hex(text).or_else(|_| text.parse()).ok()
}

fn refusal(code: &str, message: &str) -> Value {
    json!({ "result": { "code": code, "message": Hex(message.as_bytes()).to_string() } })
}
