//! "I paid, but it is not shown": the payer points to a transaction.

use usdt_protocol::Claim;

/// How the payer's last try went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Claiming {
    #[default]
    NotTried,
    /// What was entered is no transaction ID.
    Malformed,
    LookingUp,
    Answered(Claim),
    /// The gateway wants a pause.
    TooOften,
    NoAnswer,
}
