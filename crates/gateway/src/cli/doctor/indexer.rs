//! Proves that the indexer lists a transfer that a node has proven.

use usdt_protocol::UtcTime;
use usdt_tron::{Node, Transfer};

use super::diagnosis::{Asked, diagnosis};
use super::findings::{Findings, fine, note};
use super::node::Proven;
use crate::chain::Chain;

/// How long an indexer may take to list a transfer.
const LAG_SECONDS: i64 = 600;

/// Blocks that are older than that.
const OLD_BLOCKS: u64 = 260;
const OLD_RANGE: u64 = 2;

/// Before the block, so that its own second is asked for too.
const MARGIN_SECONDS: i64 = 3;

pub(super) async fn examine(
    chain: &Chain,
    proven: Option<(&Node, &Proven)>,
    now: UtcTime,
    findings: &mut Findings,
) {
    let who = format!("indexer {}", chain.indexer.label());
    let Some((node, proven)) = proven else {
        // Its list for the token's own address is short or empty: what counts is that it answers.
        match chain.indexed_transfers(chain.token, now).await {
            Ok(_) => fine(format_args!("{who} answers")),
            Err(error) => findings.problem(diagnosis(&who, &error, Asked::Indexer)),
        }
        return;
    };
    let Some(hit) = &proven.hit else {
        return;
    };
    match is_listed(chain, hit).await {
        Ok(true) => fine(format_args!(
            "{who} lists transaction {} to {}",
            hit.txid, hit.to
        )),
        Err(error) => findings.problem(diagnosis(&who, &error, Asked::Indexer)),
        Ok(false) => {
            let age = hit.block_time.seconds_until(proven.solid.time.max(now));
            match old_hit(chain, node, proven).await {
                // Only a transfer of which the indexer has had time enough says anything.
                Some(old) => match is_listed(chain, &old).await {
                    Ok(true) => note(format_args!(
                        "{who} is behind: it does not list transaction {} of {age} seconds ago yet, and \
                         lists an older one",
                        hit.txid
                    )),
                    Ok(false) => findings.problem(format_args!(
                        "{who} lists neither transaction {} nor {} to {}, which is more than {} minutes \
                         old: it is no second opinion, so use another",
                        hit.txid,
                        old.txid,
                        old.to,
                        LAG_SECONDS / 60
                    )),
                    Err(error) => findings.problem(diagnosis(&who, &error, Asked::Indexer)),
                },
                None => note(format_args!(
                    "{who} is behind: it does not list transaction {} to {} of {age} seconds ago; run \
                     the doctor again in {} minutes",
                    hit.txid,
                    hit.to,
                    LAG_SECONDS / 60
                )),
            }
        }
    }
}

async fn is_listed(chain: &Chain, hit: &Transfer) -> Result<bool, usdt_tron::NodeError> {
    let since = hit.block_time.plus_seconds(-MARGIN_SECONDS);
    let listed = chain.indexed_transfers(hit.to, since).await?;
    Ok(listed.contains(&hit.txid))
}

/// A proven transfer that every sound indexer has listed by now.
async fn old_hit(chain: &Chain, node: &Node, proven: &Proven) -> Option<Transfer> {
    let to = proven.solid.number.checked_sub(OLD_BLOCKS)?;
    let from = to.saturating_sub(OLD_RANGE - 1);
    let logs = node.token_transfers(chain.token, from, to).await.ok()?;
    let receipt = node.solid_receipt(logs.first()?.txid).await.ok()?;
    receipt.transfers(chain.token).into_iter().next()
}
