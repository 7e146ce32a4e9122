//! What a node says of a transaction that it does not pass on.

use thiserror::Error;
use usdt_protocol::TronAddress;

use crate::bill::MAX_FEE_LIMIT;

/// Why a node does not pass a transaction on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("Transaction already exists.")]
    Cached,
    #[error("Validate signature error: {0}")]
    Signature(String),
    #[error("Tapos check error.")]
    Reference,
    #[error("Transaction expired")]
    Expired,
    #[error("Dup transaction.")]
    Duplicate,
    #[error("Contract validate error : account [{0}] does not exist")]
    Account(TronAddress),
    #[error("Account resource insufficient error.")]
    Bandwidth,
    #[error("Contract validate error : No contract!")]
    Empty,
    #[error("Contract validate error : No contract or not a smart contract")]
    NoContract,
    #[error("Contract validate error : feeLimit must be >= 0 and <= {MAX_FEE_LIMIT}")]
    FeeLimit,
}

impl Refusal {
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Signature(_) => "SIGERROR",
            Self::Reference => "TAPOS_ERROR",
            Self::Expired => "TRANSACTION_EXPIRATION_ERROR",
            Self::Cached | Self::Duplicate => "DUP_TRANSACTION_ERROR",
            Self::Bandwidth => "BANDWITH_ERROR",
            Self::Account(_) | Self::Empty | Self::NoContract | Self::FeeLimit => {
                "CONTRACT_VALIDATE_ERROR"
            }
        }
    }
}
