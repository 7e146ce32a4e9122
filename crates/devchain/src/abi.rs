//! The interface of the token's contract, as far as the chain carries it out.

use serde_json::{Value, json};
use sha3::{Digest as _, Keccak256};

use crate::log::Word;

/// Name and type.
type Parameter = (&'static str, &'static str);

pub struct Function {
    pub name: &'static str,
    inputs: &'static [Parameter],
    output: &'static str,
    pub is_constant: bool,
}

pub struct Event {
    pub name: &'static str,
    /// With those that are indexed first.
    pub inputs: &'static [Parameter],
    pub indexed: usize,
}

const fn view(name: &'static str, inputs: &'static [Parameter], output: &'static str) -> Function {
    Function {
        name,
        inputs,
        output,
        is_constant: true,
    }
}

const FUNCTIONS: [Function; 11] = [
    view("name", &[], "string"),
    view("symbol", &[], "string"),
    view("decimals", &[], "uint8"),
    view("balanceOf", &[("who", "address")], "uint256"),
    view("basisPointsRate", &[], "uint256"),
    view("maximumFee", &[], "uint256"),
    view("paused", &[], "bool"),
    view("deprecated", &[], "bool"),
    view("isBlackListed", &[("", "address")], "bool"),
    view("getBlackListStatus", &[("_maker", "address")], "bool"),
    Function {
        name: "transfer",
        inputs: &[("_to", "address"), ("_value", "uint256")],
        output: "bool",
        is_constant: false,
    },
];

const EVENTS: [Event; 8] = [
    Event {
        name: "Transfer",
        inputs: &[("from", "address"), ("to", "address"), ("value", "uint256")],
        indexed: 2,
    },
    Event {
        name: "Approval",
        inputs: &[
            ("owner", "address"),
            ("spender", "address"),
            ("value", "uint256"),
        ],
        indexed: 2,
    },
    Event {
        name: "Pause",
        inputs: &[],
        indexed: 0,
    },
    Event {
        name: "Unpause",
        inputs: &[],
        indexed: 0,
    },
    Event {
        name: "Deprecate",
        inputs: &[("newAddress", "address")],
        indexed: 0,
    },
    Event {
        name: "Params",
        inputs: &[("feeBasisPoints", "uint256"), ("maxFee", "uint256")],
        indexed: 0,
    },
    Event {
        name: "AddedBlackList",
        inputs: &[("_user", "address")],
        indexed: 1,
    },
    Event {
        name: "RemovedBlackList",
        inputs: &[("_user", "address")],
        indexed: 1,
    },
];

/// The function that call data asks for.
pub fn function(data: &[u8]) -> Option<&'static Function> {
    let selector = data.first_chunk()?;
    FUNCTIONS
        .iter()
        .find(|function| selector_of(&signature(function.name, function.inputs)) == *selector)
}

/// The event whose topic this is.
pub fn event(topic: &Word) -> Option<&'static Event> {
    EVENTS
        .iter()
        .find(|event| hash(&signature(event.name, event.inputs)) == *topic)
}

/// The first four bytes of call data, for a function written like `balanceOf(address)`.
pub fn selector_of(signature: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = hash(signature);
    [a, b, c, d]
}

fn signature(name: &str, inputs: &[Parameter]) -> String {
    let types: Vec<&str> = inputs.iter().map(|(_, kind)| *kind).collect();
    format!("{name}({})", types.join(","))
}

fn hash(text: &str) -> Word {
    Keccak256::digest(text).into()
}

/// What `getcontract` says of it.
pub fn entries() -> Vec<Value> {
    let functions = FUNCTIONS.iter().map(|function| {
        let mut entry = json!({
            "name": function.name,
            "outputs": [parameter("", function.output, false)],
            "type": "Function",
            "stateMutability": if function.is_constant { "View" } else { "Nonpayable" },
        });
        if let Some(entry) = entry.as_object_mut() {
            if function.is_constant {
                entry.insert("constant".into(), true.into());
            }
            insert_inputs(entry, function.inputs, 0);
        }
        entry
    });
    let events = EVENTS.iter().map(|event| {
        let mut entry = json!({ "name": event.name, "type": "Event" });
        if let Some(entry) = entry.as_object_mut() {
            insert_inputs(entry, event.inputs, event.indexed);
        }
        entry
    });
    functions.chain(events).collect()
}

/// An empty list is left out.
fn insert_inputs(entry: &mut serde_json::Map<String, Value>, inputs: &[Parameter], indexed: usize) {
    if !inputs.is_empty() {
        let inputs = inputs.iter().enumerate();
        let inputs = inputs.map(|(at, (name, kind))| parameter(name, kind, at < indexed));
        entry.insert("inputs".into(), inputs.collect());
    }
}

fn parameter(name: &str, kind: &str, indexed: bool) -> Value {
    let mut parameter = json!({ "type": kind });
    if let Some(parameter) = parameter.as_object_mut() {
        if !name.is_empty() {
            parameter.insert("name".into(), name.into());
        }
        if indexed {
            parameter.insert("indexed".into(), true.into());
        }
    }
    parameter
}
