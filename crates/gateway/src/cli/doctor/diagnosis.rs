//! What a node's failure means for whoever has set it up: one sentence, with what to do.

use usdt_tron::NodeError;

/// What the node was asked when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Blocks,
    JsonRpc,
    Receipts,
    Contract,
    Indexer,
}

const JSON_RPC: &str = "does not answer at /jsonrpc, so that no payment would be detected: set \
    node.jsonrpc.httpFullNodeEnable = true in its configuration, restart it, and name its port 8545 as \
    jsonrpc_url";

const PORTS: &str = "does not serve all paths that the gateway needs: java-tron has /wallet on port \
    8090, /walletsolidity on 8091 and /jsonrpc on 8545, so set solidity_url and jsonrpc_url";

const LITE: &str = "is a lite full node, which keeps no receipts, so that no payment could be \
    credited: use a full node";

const NO_CONSTANT: &str = "does not support constant calls, so that balances, frozen addresses and the \
    token cannot be checked: set vm.supportConstant = true in its configuration and restart it";

const NO_CONTRACT: &str =
    "knows no contract at the token's address: is chain.token right, and the node of this network?";

const KEY: &str = "refuses the API key, or wants one: set the node's api_key to a valid key";

const BLOCKED: &str = "has blocked this machine or its API key (403): look at the provider's console, \
    or try another key, address or provider";

const THROTTLED: &str = "throttles us: give it an API key, lower its requests_per_second, or raise \
    poll_ms";

const UNTRUSTED: &str = "has a certificate that this machine does not trust: install or update the \
    package ca-certificates, add the node's own authority to it, and look whether the clock and the \
    node's URL are right";

const UNREACHABLE: &str = "cannot be reached: look at its URL, at the resolver and the firewall of this \
    machine, and whether the node runs";

const NO_INDEXER: &str = "has no list of transfers: the indexer must have TronGrid's /v1/ API";

/// Why asking `who`, such as `node https://api.trongrid.io`, has failed, and what to do.
pub(super) fn diagnosis(who: &str, error: &NodeError, asked: Asked) -> String {
    match meaning(error, asked) {
        Some(meaning) => format!("{who} {meaning} ({error})"),
        None => format!("{who}: {error}"),
    }
}

/// `None` where the error itself says what to do, or nobody knows.
fn meaning(error: &NodeError, asked: Asked) -> Option<&'static str> {
    match error {
        NodeError::Misconfigured(_) | NodeError::NoAuthorities => None,
        NodeError::Unreachable(why) if why.contains("certificate") => Some(UNTRUSTED),
        NodeError::Unreachable(_) if asked == Asked::JsonRpc => Some(JSON_RPC),
        NodeError::Unreachable(_) => Some(UNREACHABLE),
        NodeError::Throttled { .. } => Some(THROTTLED),
        NodeError::Forbidden { .. } => Some(BLOCKED),
        NodeError::Refused { why, .. } | NodeError::Senseless { why, .. } => refused(why, asked),
    }
}

/// What the node's own words mean.
fn refused(why: &str, asked: Asked) -> Option<&'static str> {
    let says = |text: &str| why.to_lowercase().contains(text);
    let is_missing = says("http 404") || says("http 405");
    if says("lite fullnode") {
        return Some(LITE);
    }
    if says("support constant") {
        return Some(NO_CONSTANT);
    }
    if says("contract is not exist") {
        return Some(NO_CONTRACT);
    }
    if says("http 401") {
        return Some(KEY);
    }
    match asked {
        Asked::JsonRpc if is_missing || says("method not found") || says("does not exist") => {
            Some(JSON_RPC)
        }
        Asked::Indexer if is_missing => Some(NO_INDEXER),
        Asked::Blocks | Asked::Receipts | Asked::Contract if is_missing => Some(PORTS),
        _ => None,
    }
}
