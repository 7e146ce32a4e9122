//! What a node says of the token's contract itself.

use serde_json::{Value, json};
use usdt_protocol::TronAddress;

use crate::abi;
use crate::token_state::TOKEN_OWNER;
use crate::visible::Visible;

const NAME: &str = "TetherToken";
const ORIGIN_ENERGY_LIMIT: u64 = 10_000_000;

/// `getcontract`. There is no code behind it, so it has no `bytecode`.
pub fn json(contract: TronAddress, visible: Visible) -> Value {
    json!({
        "origin_address": visible.address(TOKEN_OWNER),
        "contract_address": visible.address(contract),
        "abi": { "entrys": abi::entries() },
        "consume_user_resource_percent": 100,
        "name": NAME,
        "origin_energy_limit": ORIGIN_ENERGY_LIMIT,
    })
}

/// `getcontractinfo`.
pub fn info_json(contract: TronAddress, visible: Visible) -> Value {
    json!({ "smart_contract": json(contract, visible), "contract_state": { "update_cycle": 1 } })
}
