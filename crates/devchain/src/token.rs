//! Calls of the token's contract that somebody asks about: what it would answer and what that
//! takes, and the transaction that would do it.

use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::TronAddress;
use usdt_protocol::txid::{Hex, decode_hex_bytes};

use crate::abi;
use crate::bill::energy_of;
use crate::call::read_transfer;
use crate::chain::{Snapshot, View};
use crate::log::{Log, Word, word_of};
use crate::node_json;
use crate::params::or_text;
use crate::raw_data::RawData;
use crate::visible::Visible;

pub const DECIMALS: u8 = 6;
pub const NAME: &str = "Tether USD";
pub const SYMBOL: &str = "USDT";

const ENERGY_OF_READING: u64 = 935;
const REVERTED: &str = "REVERT opcode executed";

/// A call as wallets describe it.
#[derive(Deserialize)]
pub struct CallQuery {
    #[serde(default)]
    owner_address: String,
    #[serde(default)]
    contract_address: String,
    #[serde(default)]
    function_selector: String,
    #[serde(default)]
    parameter: String,
    /// In the place of a function and its parameter.
    #[serde(default)]
    data: String,
    #[serde(default, deserialize_with = "or_text")]
    call_value: i64,
    #[serde(default, deserialize_with = "or_text")]
    fee_limit: i64,
    #[serde(default, rename = "Permission_id", deserialize_with = "or_text")]
    permission: i32,
}

/// The call after parsing.
struct Asked {
    owner: TronAddress,
    contract: TronAddress,
    data: Vec<u8>,
    call_value: i64,
}

/// What the contract would do.
struct Outcome {
    /// `None` reverts.
    returned: Option<Vec<u8>>,
    energy: u64,
    logs: Vec<Log>,
}

/// Why a call is not even tried.
struct Refusal {
    code: &'static str,
    message: String,
}

impl Refusal {
    fn other(class: &str, message: &str) -> Self {
        Self {
            code: "OTHER_ERROR",
            message: format!("class {class} : {message}"),
        }
    }

    fn contract(message: &str) -> Self {
        Self {
            code: "CONTRACT_VALIDATE_ERROR",
            message: message.into(),
        }
    }

    fn json(&self, visible: Visible) -> Value {
        json!({ "result": { "code": self.code, "message": visible.text(&self.message) } })
    }
}

impl CallQuery {
    fn read(&self, visible: Visible) -> Result<Asked, Refusal> {
        let address = |name: &str, text: &str| {
            if text.is_empty() {
                let class = "java.security.InvalidParameterException";
                return Err(Refusal::other(class, &format!("{name} isn't set.")));
            }
            visible.read(text).ok_or_else(|| not_hex(name))
        };
        let owner = address("owner_address", &self.owner_address)?;
        let contract = address("contract_address", &self.contract_address)?;
        let data = if self.function_selector.is_empty() {
            decode_hex_bytes(&self.data).ok_or_else(|| not_hex("data"))?
        } else {
            let parameter =
                decode_hex_bytes(&self.parameter).ok_or_else(|| not_hex("parameter"))?;
            [&abi::selector_of(&self.function_selector)[..], &parameter].concat()
        };
        Ok(Asked {
            owner,
            contract,
            data,
            call_value: self.call_value,
        })
    }
}

fn not_hex(name: &str) -> Refusal {
    let class = "org.tron.core.services.http.JsonFormat$ParseException";
    Refusal::other(class, &format!("INVALID hex String: {name}"))
}

/// `triggerconstantcontract`.
pub fn answer(query: &CallQuery, visible: Visible, chain: Snapshot<'_>, view: View) -> Value {
    match tried(query, visible, chain, view, "Smart contract is not exist.") {
        Ok((asked, outcome)) => constant(&asked, outcome, visible, chain),
        Err(refusal) => refusal.json(visible),
    }
}

/// `triggersmartcontract`: the transaction that a wallet signs, or what a constant function says.
pub fn build(query: &CallQuery, visible: Visible, chain: Snapshot<'_>, view: View) -> Value {
    let missing = "No contract or not a valid smart contract";
    let (asked, outcome) = match tried(query, visible, chain, view, missing) {
        Ok(tried) => tried,
        Err(refusal) => return refusal.json(visible),
    };
    if abi::function(&asked.data).is_some_and(|function| function.is_constant) {
        return constant(&asked, outcome, visible, chain);
    }
    let mut raw = transaction(&asked, chain);
    raw.fee_limit = query.fee_limit;
    raw.permission = query.permission;
    let mut transaction = node_json::unsigned(&raw, visible);
    insert(&mut transaction, "visible", visible.0.into());
    json!({ "result": { "result": true }, "transaction": transaction })
}

/// `estimateenergy`.
pub fn estimate(query: &CallQuery, visible: Visible, chain: Snapshot<'_>, view: View) -> Value {
    match tried(query, visible, chain, view, "Smart contract is not exist.") {
        Ok((_, outcome)) if outcome.returned.is_some() => {
            json!({ "result": { "result": true }, "energy_required": outcome.energy })
        }
        Ok(_) => Refusal {
            code: "CONTRACT_EXE_ERROR",
            message: REVERTED.into(),
        }
        .json(visible),
        Err(refusal) => refusal.json(visible),
    }
}

fn tried(
    query: &CallQuery,
    visible: Visible,
    chain: Snapshot<'_>,
    view: View,
    missing: &str,
) -> Result<(Asked, Outcome), Refusal> {
    let asked = query.read(visible)?;
    if !chain.is_token(asked.contract) {
        return Err(Refusal::contract(missing));
    }
    let outcome = run(&asked, chain, view);
    Ok((asked, outcome))
}

fn constant(asked: &Asked, outcome: Outcome, visible: Visible, chain: Snapshot<'_>) -> Value {
    let mut transaction = node_json::unsigned(&transaction(asked, chain), visible);
    insert(&mut transaction, "visible", visible.0.into());
    let (result, ret) = match &outcome.returned {
        Some(_) => (json!({ "result": true }), json!({})),
        None => (
            json!({ "result": true, "message": visible.text(REVERTED) }),
            json!({ "ret": "FAILED" }),
        ),
    };
    insert(&mut transaction, "ret", json!([ret]));
    let returned = outcome.returned.unwrap_or_default();
    let mut json = json!({
        "result": result,
        "energy_used": outcome.energy,
        "constant_result": [Hex(&returned).to_string()],
        "transaction": transaction,
    });
    if !outcome.logs.is_empty() {
        let logs = node_json::logs(&outcome.logs, visible);
        insert(&mut json, "logs", logs);
    }
    json
}

fn insert(json: &mut Value, name: &str, value: Value) {
    if let Some(object) = json.as_object_mut() {
        object.insert(name.into(), value);
    }
}

/// The call as a node makes a transaction of it.
fn transaction(asked: &Asked, chain: Snapshot<'_>) -> RawData {
    RawData {
        call_value: asked.call_value,
        fee_limit: 0,
        ..RawData::new(
            asked.owner,
            asked.contract,
            asked.data.clone(),
            chain.reference().into(),
            chain.now(),
        )
    }
}

fn run(asked: &Asked, chain: Snapshot<'_>, view: View) -> Outcome {
    if let Some((to, amount)) = read_transfer(&asked.data) {
        let funds = chain.balance(asked.owner, asked.contract, view);
        let lacks = chain.rules().funds && funds < amount.micro().into();
        let refused = chain.token_state(asked.contract, view).refuses(asked.owner);
        let rejected = lacks || refused || asked.call_value != 0;
        let holds = chain.balance(to, asked.contract, view) > 0;
        let log = Log::transfer(asked.contract, asked.owner, to, amount);
        return Outcome {
            returned: (!rejected).then(|| word_of(0).to_vec()),
            energy: energy_of(rejected, holds),
            logs: if rejected { Vec::new() } else { vec![log] },
        };
    }
    Outcome {
        returned: read(asked, chain, view),
        energy: ENERGY_OF_READING,
        logs: Vec::new(),
    }
}

/// What a constant function returns; `None` reverts.
fn read(asked: &Asked, chain: Snapshot<'_>, view: View) -> Option<Vec<u8>> {
    let arguments = asked.data.get(4..).unwrap_or_default();
    let account = || {
        let word: Option<&Word> = arguments.first_chunk();
        word.map(TronAddress::from_abi_word)
    };
    let state = chain.token_state(asked.contract, view);
    let value = match abi::function(&asked.data)?.name {
        "name" => return Some(abi_text(NAME)),
        "symbol" => return Some(abi_text(SYMBOL)),
        "balanceOf" => chain.balance(account()?, asked.contract, view),
        "decimals" => DECIMALS.into(),
        "basisPointsRate" => state.basis_points_rate.into(),
        "maximumFee" => state.maximum_fee.micro().into(),
        "paused" => state.paused.into(),
        "deprecated" => state.deprecated.into(),
        "isBlackListed" | "getBlackListStatus" => state.blacklisted.contains(&account()?).into(),
        _ => return None,
    };
    Some(word_of(value).to_vec())
}

/// A text of at most 32 bytes as a contract returns it.
fn abi_text(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(32, 0);
    [&word_of(32)[..], &word_of(text.len() as u128), &bytes].concat()
}
