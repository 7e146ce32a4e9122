//! Claims: a payer points to a transaction, and the gateway looks at it.
//!
//! That is all a claim does. What is found is proven, judged and credited in the same way as
//! what the watcher finds, whoever asked and for whichever payment.

use std::collections::BTreeSet;
use std::time::Duration;

use usdt_protocol::payment::REQUIRED_CONFIRMATIONS;
use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};
use usdt_tron::{Lease, NodeError, Receipt};

use crate::chain::Chain;
use crate::outcomes;
use crate::payments::Payment;
use crate::store::{Detector, RecordedTransfer, Store, StoreError};

/// The payer waits for no longer than this for the node.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a transaction is to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It has paid this payment.
    Credited { amount: Usdt },
    /// Its block is not solid yet. It pays the payment's merchant; or has failed there, which may
    /// still be rolled back, and has no amount.
    Confirming {
        amount: Option<Usdt>,
        confirmations: u8,
    },
    /// It has paid the payment's merchant, and waits for a person.
    UnderReview { amount: Usdt },
    /// The node does not know it.
    NotFound,
    /// It failed, in a solid block.
    Failed,
    /// It transfers no USDT.
    NotUsdt,
    /// It transfers nothing to the payment's merchant.
    WrongRecipient,
    /// It has paid another payment.
    AlreadyUsed,
}

/// Why nothing is known of a transaction. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    #[error("no node answered in time")]
    Silent,
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the node says of a transaction.
enum Seen {
    Nowhere,
    Solid(Receipt),
    /// In a block that may still be rolled back.
    Fresh {
        receipt: Receipt,
        confirmations: u8,
    },
}

/// What is recorded of the transaction; `None` where that is nothing.
pub async fn recorded(
    store: &Store,
    payment: &Payment,
    txid: Txid,
) -> Result<Option<Finding>, StoreError> {
    let mut transfers = store.transfers_of(txid).await?;
    transfers.retain(|recorded| recorded.network == payment.network);
    Ok((!transfers.is_empty()).then(|| finding_among(&transfers, payment)))
}

/// Asks the node about a transaction of which nothing is recorded, and records what it proves.
pub async fn look_up(
    chain: &Chain,
    store: &Store,
    now: UtcTime,
    payment: &Payment,
    txid: Txid,
) -> Result<Finding, ClaimError> {
    let read = store.cursor(chain.network).await?;
    let seen = match ask(chain, txid).await? {
        Seen::Solid(receipt) if receipt.failed() => return Ok(Finding::Failed),
        // In another block it may succeed: whoever is told that it failed pays again.
        Seen::Fresh {
            receipt,
            confirmations,
        } if receipt.failed() => {
            return Ok(Finding::Confirming {
                amount: None,
                confirmations,
            });
        }
        // What the watcher has not reached is its to record. Otherwise a transfer could be judged
        // before a payment is created whose slot, which begins after the last block read, holds it.
        Seen::Solid(receipt) if read.is_none_or(|cursor| cursor.block < receipt.block) => {
            Seen::Fresh {
                receipt,
                confirmations: REQUIRED_CONFIRMATIONS,
            }
        }
        seen => seen,
    };
    let receipt = match &seen {
        Seen::Nowhere => return Ok(Finding::NotFound),
        Seen::Solid(receipt) | Seen::Fresh { receipt, .. } => receipt,
    };
    let transfers = receipt.transfers(chain.token);
    if transfers.is_empty() {
        return Ok(Finding::NotUsdt);
    }
    if let Seen::Fresh { confirmations, .. } = seen {
        let merchants: BTreeSet<TronAddress> = store
            .addresses_of(payment.project_id)
            .await?
            .into_iter()
            .collect();
        let to_merchant = transfers
            .iter()
            .filter(|transfer| merchants.contains(&transfer.to));
        // The one that will pay, if there is one.
        let best = to_merchant.max_by_key(|transfer| transfer.amount == payment.pay_amount);
        return Ok(
            best.map_or(Finding::WrongRecipient, |transfer| Finding::Confirming {
                amount: Some(transfer.amount),
                confirmations,
            }),
        );
    }
    // All of them, not only what is claimed: a transaction that is recorded is not looked at again.
    let recorded_now = store
        .record_found(chain.network, &transfers, Detector::Claim, now)
        .await?;
    outcomes::log(&recorded_now);
    let finding = recorded(store, payment, txid).await?;
    Ok(finding.unwrap_or(Finding::WrongRecipient))
}

async fn ask(chain: &Chain, txid: Txid) -> Result<Seen, ClaimError> {
    let asked = async {
        let node = chain.pool.pick().await;
        let seen = find(&node, txid).await;
        // A stranger chose what was asked, so an odd answer does not make the node a bad one for
        // the watcher, nor an answer a good one.
        if let Err(error) = &seen
            && error.is_of_any_call()
        {
            node.failed(error.asked_patience());
        }
        seen
    };
    let in_time = tokio::time::timeout(PATIENCE, asked).await;
    Ok(in_time.map_err(|_| ClaimError::Silent)??)
}

async fn find(node: &Lease, txid: Txid) -> Result<Seen, NodeError> {
    if let Some(receipt) = node.find_solid_receipt(txid).await? {
        return Ok(Seen::Solid(receipt));
    }
    let Some(receipt) = node.find_receipt(txid).await? else {
        return Ok(Seen::Nowhere);
    };
    let on_top = node
        .head_block()
        .await?
        .number
        .saturating_sub(receipt.block);
    Ok(Seen::Fresh {
        receipt,
        confirmations: u8::try_from(on_top)
            .unwrap_or(u8::MAX)
            .min(REQUIRED_CONFIRMATIONS),
    })
}

/// What recorded transfers of one transaction are to the payment. Those to other merchants are
/// none of the payer's business.
fn finding_among(transfers: &[RecordedTransfer], payment: &Payment) -> Finding {
    let to_merchant = || {
        transfers
            .iter()
            .filter(|recorded| recorded.project_id == payment.project_id)
    };
    let settled = |recorded: &&RecordedTransfer| recorded.outcome.payment();
    if let Some(paying) = to_merchant().find(|one| settled(one) == Some(payment.id)) {
        let amount = paying.transfer.amount;
        Finding::Credited { amount }
    } else if let Some(waiting) = to_merchant().find(|one| settled(one).is_none()) {
        let amount = waiting.transfer.amount;
        Finding::UnderReview { amount }
    } else if to_merchant().next().is_some() {
        Finding::AlreadyUsed
    } else {
        Finding::WrongRecipient
    }
}

#[cfg(test)]
mod tests {
    use usdt_tron::{Endpoint, Network};

    use super::*;
    use crate::config::{ChainConfig, Watch};

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_long_for_nodes_that_rest() {
        let endpoint = Endpoint::at("http://127.0.0.1:1");
        let chain = Chain::new(&ChainConfig {
            network: Network::Simulated,
            nodes: vec![endpoint.clone()],
            indexer: endpoint,
            watch: Watch::Logs,
            every_block_pays: false,
            token: Network::Simulated.usdt_contract(),
            poll: Duration::from_secs(3),
            idle_poll: Duration::from_secs(3),
        })
        .unwrap();
        chain.pool.pick().await.failed(Some(Duration::from_mins(5)));
        let start = tokio::time::Instant::now();
        let silent = ask(&chain, Txid::from_bytes([1; 32])).await;
        assert!(matches!(silent, Err(ClaimError::Silent)));
        assert!(start.elapsed() < PATIENCE * 2);
    }
}
