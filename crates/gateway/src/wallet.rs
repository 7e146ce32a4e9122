//! Paying from a wallet in the payer's browser: the gateway makes the transaction, the wallet
//! signs it, and the gateway hands it to a node.
//!
//! The page may ask nobody but the gateway, and so may a wallet in it; the key never leaves the
//! wallet. Nothing is recorded here: what arrives is credited as if it were sent in any other way.

use std::time::Duration;

use usdt_protocol::wallet::FEE_LIMIT;
use usdt_protocol::{PaymentStatus, TronAddress, UtcTime};
use usdt_tron::{
    Broadcast, Lease, Network, NodeError, NotATransfer, ReferenceBlock, SignedTransfer,
    TransferTransaction,
};

use crate::chain::Chain;
use crate::payments::Payment;

/// How long the payer has to sign: what nodes allow by default.
const LIFETIME_SECONDS: i64 = 60;

/// The payer waits for no longer than this for a node.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why nobody shall send money for a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPayable {
    /// It is paid, or its time is over.
    Closed,
    /// A transfer for it has been seen.
    Underway,
}

/// What keeps a signed transaction from being the one that pays a payment. The text is the error
/// message of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("transaction must be a transfer of USDT and nothing else")]
    NotATransfer,
    #[error("transaction must transfer the USDT that this payment asks for")]
    Token,
    #[error("transaction must pay this payment's address")]
    Recipient,
    #[error("transaction must come from the payer's own account")]
    Payer,
    #[error("transaction must transfer exactly this payment's pay_amount")]
    Amount,
    #[error("transaction must not allow a higher fee than 100 TRX")]
    FeeLimit,
    #[error("transaction must expire no later than this payment")]
    Expiration,
}

impl From<NotATransfer> for Mismatch {
    fn from(NotATransfer: NotATransfer) -> Self {
        Self::NotATransfer
    }
}

/// Why nothing is known from a node.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    #[error("no node could be asked in time")]
    NotAsked,
    #[error("the node did not answer in time")]
    Silent,
    #[error("the node's newest block is of {0}, too old for a transaction to name")]
    Stale(UtcTime),
    #[error(transparent)]
    Node(#[from] NodeError),
}

/// Whether a transfer for the payment may be sent now.
pub fn payable(payment: &Payment, now: UtcTime) -> Result<(), NotPayable> {
    if payment.status != PaymentStatus::Pending || payment.expires_at <= now {
        Err(NotPayable::Closed)
    } else if payment.txid.is_some() {
        Err(NotPayable::Underway)
    } else {
        Ok(())
    }
}

/// Whether the account can be the payer's.
pub fn can_pay(chain: &Chain, payment: &Payment, from: TronAddress) -> bool {
    from != payment.address && from != chain.token
}

/// The transaction that pays the payment, for `from` to sign.
pub async fn prepare(
    chain: &Chain,
    payment: &Payment,
    from: TronAddress,
    now: UtcTime,
) -> Result<TransferTransaction, Unknown> {
    let node = pick(chain).await?;
    let block = ask(&node, node.reference_block()).await?;
    transfer(chain, payment, from, block, now)
}

fn transfer(
    chain: &Chain,
    payment: &Payment,
    from: TronAddress,
    block: ReferenceBlock,
    now: UtcTime,
) -> Result<TransferTransaction, Unknown> {
    let end = block.time.plus_seconds(LIFETIME_SECONDS);
    // A simulated chain stands still between blocks that are mined on command.
    if end <= now && chain.network != Network::Simulated {
        return Err(Unknown::Stale(block.time));
    }
    Ok(TransferTransaction {
        from,
        token: chain.token,
        to: payment.address,
        amount: payment.pay_amount,
        reference: block.reference,
        expiration: end.min(payment.expires_at),
        timestamp: now,
        fee_limit: u64::from(FEE_LIMIT),
    })
}

/// Reads what a wallet has signed: only a transfer that pays this payment passes.
pub fn read(
    chain: &Chain,
    payment: &Payment,
    signed: &[u8],
    signature: [u8; 65],
) -> Result<SignedTransfer, Mismatch> {
    let transfer = TransferTransaction::decode(signed)?;
    if transfer.token != chain.token {
        Err(Mismatch::Token)
    } else if transfer.to != payment.address {
        Err(Mismatch::Recipient)
    } else if !can_pay(chain, payment, transfer.from) {
        Err(Mismatch::Payer)
    } else if transfer.amount != payment.pay_amount {
        Err(Mismatch::Amount)
    } else if transfer.fee_limit > u64::from(FEE_LIMIT) {
        Err(Mismatch::FeeLimit)
    } else if transfer.expiration > payment.expires_at {
        Err(Mismatch::Expiration)
    } else {
        Ok(SignedTransfer {
            transfer,
            signature,
        })
    }
}

/// Hands the transaction to a node. After any error but [`Unknown::NotAsked`] it may be on its way.
pub async fn broadcast(chain: &Chain, signed: &SignedTransfer) -> Result<Broadcast, Unknown> {
    let node = pick(chain).await?;
    ask(&node, node.broadcast(signed)).await
}

async fn pick(chain: &Chain) -> Result<Lease, Unknown> {
    let picked = tokio::time::timeout(PATIENCE, chain.pool.pick()).await;
    picked.map_err(|_| Unknown::NotAsked)
}

async fn ask<T>(
    node: &Lease,
    question: impl Future<Output = Result<T, NodeError>>,
) -> Result<T, Unknown> {
    let answer = tokio::time::timeout(PATIENCE, question)
        .await
        .map_err(|_| Unknown::Silent)?;
    // A stranger chose what was asked, so an odd answer does not make the node a bad one for the
    // watcher, nor an answer a good one.
    if let Err(error) = &answer
        && error.is_of_any_call()
    {
        node.failed(error.asked_patience());
    }
    Ok(answer?)
}
