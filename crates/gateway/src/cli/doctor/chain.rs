//! Looks at one chain: how far it is known, its nodes, its indexer, and our addresses on it.

use usdt_protocol::UtcTime;
use usdt_tron::Node;

use super::Failure;
use super::diagnosis::{Asked, diagnosis};
use super::findings::Findings;
use super::{indexer, node};
use crate::chain::Chain;
use crate::config::ChainConfig;
use crate::store::Store;

/// A chain that is known up to longer ago is not being read.
const LATE_SECONDS: i64 = 300;

pub(super) async fn examine(
    config: &ChainConfig,
    store: &Store,
    now: UtcTime,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let network = config.network;
    match store.cursor(network).await? {
        None => findings.problem(format_args!(
            "{network} has never been read: start the gateway"
        )),
        Some(cursor) => findings.judge(
            now <= cursor.time.plus_seconds(LATE_SECONDS),
            format_args!(
                "{network} is known up to block {}, {} UTC",
                cursor.block, cursor.time
            ),
        ),
    }
    let chain = match Chain::new(config) {
        Ok(chain) => chain,
        Err(error) => {
            let who = format!("{network}: its nodes");
            findings.problem(diagnosis(&who, &error, Asked::Blocks));
            return Ok(());
        }
    };
    let mut best: Option<(&Node, node::Proven)> = None;
    for node in chain.pool.nodes() {
        let proven = node::examine(&chain, node, now, findings).await;
        if let Some(proven) = proven
            && best.as_ref().is_none_or(|(_, best)| best.hit.is_none())
        {
            best = Some((node, proven));
        }
    }
    let proven = best.as_ref().map(|(node, proven)| (*node, proven));
    indexer::examine(
        &chain,
        proven.filter(|(_, one)| one.hit.is_some()),
        now,
        findings,
    )
    .await;
    match best {
        Some((node, _)) => examine_addresses(&chain, node, store, findings).await,
        // Said already.
        None => Ok(()),
    }
}

async fn examine_addresses(
    chain: &Chain,
    node: &Node,
    store: &Store,
    findings: &mut Findings,
) -> Result<(), Failure> {
    for address in store.addresses(chain.network).await? {
        match node.is_blacklisted(chain.token, address).await {
            Ok(false) => {}
            Ok(true) => findings.problem(format_args!("{address} is frozen by the token")),
            Err(error) => {
                let node = node.label();
                findings.problem(format_args!(
                    "{node} cannot say whether {address} is frozen: {error}"
                ));
                break;
            }
        }
    }
    Ok(())
}
