//! Accounts and their resources in the JSON of a full node. What is 0 is left out.

use serde_json::{Map, Value, json};
use usdt_protocol::TronAddress;

use crate::bill::FREE_BANDWIDTH;
use crate::chain::Account;
use crate::node_facts::{TOTAL_BANDWIDTH, TOTAL_ENERGY};
use crate::node_json;
use crate::raw_data::RawData;
use crate::signature;
use crate::visible::Visible;

/// The blocks in which used resources come back, written as a node does: in thousandths.
const WINDOW: u64 = 28_800_000;
/// What a new account's key may do by its second permission, one bit a kind of contract.
const OPERATIONS: &str = "7fff1fc0033ec30f000000000000000000000000000000000000000000000000";

/// `getaccount`.
pub fn account(account: &Account, visible: Visible) -> Value {
    let mut json = json!({
        "address": visible.address(account.address),
        "create_time": account.created.millis(),
        "net_window_size": WINDOW,
        "net_window_optimized": true,
        "account_resource": { "energy_window_size": WINDOW, "energy_window_optimized": true },
        "owner_permission": owner_permission(account.address, visible),
        "active_permission": [{
            "type": "Active",
            "id": 2,
            "permission_name": "active",
            "threshold": 1,
            "operations": OPERATIONS,
            "keys": keys(account.address, visible),
        }],
        "frozenV2": [{}, { "type": "ENERGY" }, { "type": "TRON_POWER" }],
        "asset_optimized": true,
    });
    if account.energy_used > 0
        && let Some(resource) = json.pointer_mut("/account_resource")
        && let Some(resource) = resource.as_object_mut()
    {
        resource.insert("energy_usage".into(), account.energy_used.into());
    }
    if let Some(json) = json.as_object_mut() {
        if account.is_contract {
            json.insert("type".into(), "Contract".into());
        }
        if let Some(time) = account.last_operation {
            json.insert("latest_opration_time".into(), time.millis().into());
        }
        insert_numbers(
            json,
            [
                ("balance", account.sun),
                ("net_usage", account.bandwidth_used),
                ("free_net_usage", account.free_bandwidth_used),
            ],
        );
    }
    json
}

/// `getaccountresource`.
pub fn resources(account: &Account) -> Value {
    let mut json = net_numbers(account);
    insert_numbers(
        &mut json,
        [
            ("EnergyUsed", account.energy_used),
            ("EnergyLimit", account.energy_limit),
            ("TotalEnergyLimit", TOTAL_ENERGY),
            ("TotalEnergyWeight", TOTAL_ENERGY / 10),
        ],
    );
    json.into()
}

/// `getaccountnet`.
pub fn net(account: &Account) -> Value {
    net_numbers(account).into()
}

fn net_numbers(account: &Account) -> Map<String, Value> {
    let mut json = Map::new();
    insert_numbers(
        &mut json,
        [
            ("freeNetUsed", account.free_bandwidth_used),
            ("freeNetLimit", FREE_BANDWIDTH),
            ("NetUsed", account.bandwidth_used),
            ("NetLimit", account.bandwidth_limit),
            ("TotalNetLimit", TOTAL_BANDWIDTH),
            ("TotalNetWeight", TOTAL_BANDWIDTH / 2),
        ],
    );
    json
}

/// `getsignweight`: who may sign, and whether all who must have done so.
pub fn sign_weight(
    raw: &RawData,
    signatures: &[Vec<u8>],
    account: Option<&Account>,
    visible: Visible,
) -> Value {
    let mut json = json!({
        "transaction": {
            "transaction": node_json::unsigned(raw, visible),
            "txid": raw.txid(),
            "result": { "result": true },
        },
    });
    let Some(object) = json.as_object_mut() else {
        return json;
    };
    let Some(account) = account else {
        let message = "Account does not exist!";
        let result = json!({ "code": "PERMISSION_ERROR", "message": message });
        object.insert("result".into(), result);
        return json;
    };
    object.insert(
        "permission".into(),
        owner_permission(account.address, visible),
    );
    let result = if signatures.is_empty() {
        json!({ "code": "NOT_ENOUGH_PERMISSION" })
    } else {
        match signature::check(raw.txid(), raw, signatures) {
            Ok(_) => {
                let approved = json!([visible.address(account.address)]);
                object.insert("approved_list".into(), approved);
                object.insert("current_weight".into(), 1.into());
                json!({})
            }
            Err(message) => json!({ "code": "PERMISSION_ERROR", "message": message }),
        }
    };
    object.insert("result".into(), result);
    json
}

fn owner_permission(address: TronAddress, visible: Visible) -> Value {
    json!({ "permission_name": "owner", "threshold": 1, "keys": keys(address, visible) })
}

fn keys(address: TronAddress, visible: Visible) -> Value {
    json!([{ "address": visible.address(address), "weight": 1 }])
}

fn insert_numbers<const N: usize>(json: &mut Map<String, Value>, numbers: [(&str, u64); N]) {
    for (name, number) in numbers {
        if number > 0 {
            json.insert(name.into(), number.into());
        }
    }
}
