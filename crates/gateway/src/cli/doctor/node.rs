//! Proves that one node can detect a payment: by what it says of payments of others.

use usdt_protocol::UtcTime;
use usdt_tron::{Block, Network, Node, NodeError, Transfer, TransferLog};

use super::diagnosis::{Asked, diagnosis};
use super::findings::{Findings, fine, note};
use crate::chain::Chain;
use crate::config::Watch;

/// A newest solid block that is older is not the newest: it is a minute old on a sound node.
const LATE_SECONDS: i64 = 300;

/// How old the head may be.
const HEAD_SECONDS: i64 = 60;

/// How far a block can be ahead of a clock that is right.
const AHEAD_SECONDS: i64 = 5;

/// Blocks whose logs are asked for: on the main network each is full of transfers.
const BUSY_BLOCKS: u64 = 2;
const QUIET_BLOCKS: u64 = 20;

/// What a node has shown.
pub(super) struct Proven {
    pub solid: Block,
    /// A transfer that its logs and its receipts agree on.
    pub hit: Option<Transfer>,
}

/// Asks a node everything that detecting a payment needs.
pub(super) async fn examine(
    chain: &Chain,
    node: &Node,
    now: UtcTime,
    findings: &mut Findings,
) -> Option<Proven> {
    let who = format!("node {}", node.label());
    let solid = match node.solid_block().await {
        Ok(solid) => solid,
        Err(error) => {
            findings.problem(diagnosis(&who, &error, Asked::Blocks));
            return None;
        }
    };
    findings.judge(
        now <= solid.time.plus_seconds(LATE_SECONDS)
            && solid.time <= now.plus_seconds(LATE_SECONDS),
        format_args!("{who} is at block {}, {} UTC", solid.number, solid.time),
    );
    examine_head(chain, node, (solid, now), findings).await;
    if !is_of_network(chain.network, node, findings).await {
        return None;
    }
    let hit = examine_logs(chain, node, solid, findings).await;
    examine_token(chain, node, findings).await;
    Some(Proven { solid, hit })
}

/// The head must be at or above what is solid, and tells the time.
async fn examine_head(
    chain: &Chain,
    node: &Node,
    (solid, now): (Block, UtcTime),
    findings: &mut Findings,
) {
    let who = format!("node {}", node.label());
    let head = match node.head_block().await {
        Ok(head) => head,
        Err(error) => return findings.problem(diagnosis(&who, &error, Asked::Blocks)),
    };
    if head.number < solid.number {
        findings.problem(format_args!(
            "{who} has block {} as its newest and block {} as final: machines of different heights \
             answer under its name, so ask another provider if that goes on",
            head.number, solid.number
        ));
    }
    // Simulated chains have a time of their own.
    if chain.network == Network::Simulated {
        return;
    }
    if head.time > now.plus_seconds(AHEAD_SECONDS) {
        findings.problem(format_args!(
            "this machine's clock is {} seconds behind {who}: let it follow a time server",
            now.seconds_until(head.time)
        ));
    } else if now > head.time.plus_seconds(HEAD_SECONDS) {
        findings.problem(format_args!(
            "the newest block of {who} is {} seconds old: the node does not follow the chain, or this \
             machine's clock is ahead and needs a time server",
            head.time.seconds_until(now)
        ));
    } else {
        fine(format_args!(
            "{who} has its newest block from {} seconds ago by this machine's clock",
            head.time.seconds_until(now)
        ));
    }
}

/// Whether the node is, as far as it says, of the network that is configured.
async fn is_of_network(network: Network, node: &Node, findings: &mut Findings) -> bool {
    let who = format!("node {}", node.label());
    // The logs, which come from the same port, show whether that matters.
    let Ok(id) = node.chain_id().await else {
        note(format_args!("{who} does not say of which network it is"));
        return true;
    };
    let known = Network::of_chain_id(id);
    if known == Some(network) || (known.is_none() && network == Network::Simulated) {
        fine(format_args!("{who} is of {network} (chain ID {id:#x})"));
        return true;
    }
    let its = known.map_or("an unknown network", Network::as_str);
    findings.problem(format_args!(
        "{who} is of {its} (chain ID {id:#x}), and the configuration says {network}: correct its url or \
         chain.network"
    ));
    false
}

/// The logs and the receipts of the newest solid blocks must say the same.
async fn examine_logs(
    chain: &Chain,
    node: &Node,
    solid: Block,
    findings: &mut Findings,
) -> Option<Transfer> {
    let (who, token) = (format!("node {}", node.label()), chain.token);
    let is_busy = chain.every_block_pays;
    let count = if is_busy { BUSY_BLOCKS } else { QUIET_BLOCKS };
    let from = solid.number.saturating_sub(count - 1);
    let mut logs = match node.token_transfers(token, from, solid.number).await {
        Ok(logs) => logs,
        Err(error) => {
            findings.problem(diagnosis(&who, &error, Asked::JsonRpc));
            return None;
        }
    };
    if logs.is_empty() && is_busy {
        tell_blindness(
            chain.watch,
            format_args!(
                "the index of logs of {who} is blind: it shows no transfer of the token in blocks {from} \
                 to {}, where there are always some",
                solid.number
            ),
            findings,
        );
    }
    let block = logs.last().map_or(solid.number, |log| log.block);
    let proven = match proven(chain, node, block).await {
        Ok(proven) => proven,
        Err(error) => {
            findings.problem(diagnosis(&who, &error, Asked::Receipts));
            return None;
        }
    };
    if proven.iter().any(|transfer| !is_shown(&logs, transfer)) {
        // The index may lag behind the newest block.
        match node.token_transfers(token, from, solid.number).await {
            Ok(again) => logs = again,
            Err(error) => {
                findings.problem(diagnosis(&who, &error, Asked::JsonRpc));
                return None;
            }
        }
    }
    let lacking = proven.iter().filter(|one| !is_shown(&logs, one)).count();
    let Some(log) = logs.iter().find(|log| log.block == block) else {
        if lacking > 0 && !is_busy {
            tell_blindness(
                chain.watch,
                format_args!(
                    "the index of logs of {who} is blind: it shows none of the {lacking} transfers in \
                     block {block} that receipts prove"
                ),
                findings,
            );
        } else if proven.is_empty() && logs.is_empty() && !is_busy {
            note(format_args!(
                "{who} shows no transfer of the token in blocks {from} to {}: nothing to prove its logs \
                 with",
                solid.number
            ));
        }
        return None;
    };
    if lacking > 0 {
        tell_blindness(
            chain.watch,
            format_args!(
                "the index of logs of {who} has gaps: it lacks {lacking} of {} transfers in block {block} \
                 that receipts prove",
                proven.len()
            ),
            findings,
        );
    } else {
        fine(format_args!(
            "{who} shows {} transfers of the token in blocks {from} to {}, and the receipts of block \
             {block} agree",
            logs.len(),
            solid.number
        ));
    }
    examine_receipt(chain, node, log, findings).await
}

fn tell_blindness(watch: Watch, what: impl std::fmt::Display, findings: &mut Findings) {
    match watch {
        Watch::Logs => findings.problem(format_args!(
            "{what}: its jsonrpc must have been on since before the first payment, so use another node, or \
             set watch = \"receipts\""
        )),
        Watch::Receipts => note(format_args!(
            "{what}: with watch = \"receipts\" payments are found all the same, and payers see them late"
        )),
    }
}

/// The receipt by which the gateway would credit what the log shows.
async fn examine_receipt(
    chain: &Chain,
    node: &Node,
    log: &TransferLog,
    findings: &mut Findings,
) -> Option<Transfer> {
    let who = format!("node {}", node.label());
    let receipt = match node.solid_receipt(log.txid).await {
        Ok(receipt) => receipt,
        Err(error) => {
            findings.problem(diagnosis(&who, &error, Asked::Receipts));
            return None;
        }
    };
    let transfers = receipt.transfers(chain.token);
    let Some(hit) = transfers.into_iter().find(|one| is_same(log, one)) else {
        findings.problem(format_args!(
            "{who} shows a log of transaction {} that its receipt does not have: do not use this node",
            log.txid
        ));
        return None;
    };
    fine(format_args!(
        "{who} proves a payment of others: {} USDT in block {} by transaction {}",
        hit.amount, hit.block, hit.txid
    ));
    Some(hit)
}

async fn examine_token(chain: &Chain, node: &Node, findings: &mut Findings) {
    let (who, token) = (format!("node {}", node.label()), chain.token);
    let answers = match node.token_answers(token).await {
        Ok(answers) => answers,
        Err(error) => return findings.problem(diagnosis(&who, &error, Asked::Contract)),
    };
    if chain.network == Network::Mainnet && answers.paused.is_none() {
        return findings.problem(format_args!(
            "the contract at {token} is not USDT, or {who} cannot run it: it reverts where USDT says \
             whether it is paused, so correct chain.token or use another node"
        ));
    }
    let fee = answers.fee_basis_points.unwrap_or_default();
    let (paused, deprecated) = (
        answers.paused.unwrap_or_default(),
        answers.deprecated.unwrap_or_default(),
    );
    findings.judge(
        !paused && !deprecated && fee == 0,
        format_args!(
            "token {token}: paused {paused}, replaced {deprecated}, fee {fee} of 10000 parts"
        ),
    );
}

/// The transfers that the receipts of a solid block prove.
async fn proven(chain: &Chain, node: &Node, block: u64) -> Result<Vec<Transfer>, NodeError> {
    let receipts = node.block_receipts(block).await?;
    let transfers = receipts.iter().flat_map(|one| one.transfers(chain.token));
    Ok(transfers.collect())
}

fn is_shown(logs: &[TransferLog], transfer: &Transfer) -> bool {
    logs.iter().any(|log| is_same(log, transfer))
}

fn is_same(log: &TransferLog, transfer: &Transfer) -> bool {
    log.txid == transfer.txid
        && log.block == transfer.block
        && log.from == transfer.from
        && log.to == transfer.to
        && log.amount == transfer.amount
}
