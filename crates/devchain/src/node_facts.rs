//! What a node says of itself and of the chain's parameters.

use serde_json::{Value, json};

use crate::bill::{BANDWIDTH_PRICE, ENERGY_PRICE, FREE_BANDWIDTH, MAX_FEE_LIMIT, MEMO_FEE};
use crate::chain::{Snapshot, View};

/// Bytes and energy that all stakes together give in a day.
pub const TOTAL_BANDWIDTH: u64 = 43_200_000_000;
pub const TOTAL_ENERGY: u64 = 180_000_000_000;

/// In sun.
const ACCOUNT_FEE: u64 = 1_000_000;
const VERSION: &str = "4.8.0";

/// `getchainparameters`: those that have to do with what a transfer costs.
pub fn parameters() -> Value {
    let parameters: Vec<Value> = [
        ("getMaintenanceTimeInterval", 21_600_000),
        ("getCreateAccountFee", ACCOUNT_FEE / 10),
        ("getTransactionFee", BANDWIDTH_PRICE),
        ("getCreateNewAccountFeeInSystemContract", ACCOUNT_FEE),
        ("getCreateNewAccountBandwidthRate", 1),
        ("getAllowCreationOfContracts", 1),
        ("getEnergyFee", ENERGY_PRICE),
        ("getMaxCpuTimeOfOneTx", 80),
        ("getAllowDelegateResource", 1),
        ("getTotalEnergyLimit", TOTAL_ENERGY),
        ("getTotalEnergyCurrentLimit", TOTAL_ENERGY),
        ("getAllowMultiSign", 1),
        ("getMultiSignFee", ACCOUNT_FEE),
        ("getMaxFeeLimit", MAX_FEE_LIMIT.unsigned_abs()),
        ("getFreeNetLimit", FREE_BANDWIDTH),
        ("getTotalNetLimit", TOTAL_BANDWIDTH),
        ("getMemoFee", MEMO_FEE),
    ]
    .into_iter()
    .map(|(key, value)| json!({ "key": key, "value": value }))
    .collect();
    json!({ "chainParameter": parameters })
}

/// `getenergyprices`: from when on a unit costs how much.
pub fn energy_prices() -> Value {
    json!({ "prices": format!("0:{ENERGY_PRICE}") })
}

/// `getbandwidthprices`.
pub fn bandwidth_prices() -> Value {
    json!({ "prices": format!("0:{BANDWIDTH_PRICE}") })
}

/// `getnodeinfo`, without what is about the machine.
pub fn node(chain: Snapshot<'_>) -> Value {
    let named = |view: View| {
        chain
            .block(chain.tip(view), view)
            .map(|block| format!("Num:{},ID:{}", block.number(), block.id))
    };
    json!({
        "activeConnectCount": 1,
        "beginSyncNum": chain.tip(View::Solid),
        "block": named(View::Head),
        "cheatWitnessInfoMap": {},
        "configNodeInfo": { "codeVersion": VERSION, "supportConstant": true },
        "currentConnectCount": 1,
        "passiveConnectCount": 0,
        "peerList": [],
        "solidityBlock": named(View::Solid),
        "totalFlow": 0,
    })
}
