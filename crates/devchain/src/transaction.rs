//! Transactions as the chain keeps them: what was signed, and how its execution ended.

use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};

use crate::bill::{Bill, Means, energy_of};
use crate::call::{Call, Outcome, read_transfer, transfer_data};
use crate::log::{Event, Log};
use crate::raw_data::{BlockReference, RawData};
use crate::signature::Signature;
use crate::token_state::{TOKEN_OWNER, TokenChange, TokenState};

/// What decides how a signed transfer ends.
#[derive(Clone, Copy, Debug)]
pub struct Payer {
    pub means: Means,
    /// What it holds of the token.
    pub tokens: u128,
    /// Whether the recipient holds some.
    pub recipient_holds: bool,
}

/// A call of `transfer` and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct PlainTransfer {
    pub token: TronAddress,
    pub from: TronAddress,
    pub to: TronAddress,
    pub amount: Usdt,
    /// Runs out of energy in any case.
    pub fails: bool,
}

/// What a transaction asks for.
#[derive(Debug)]
pub enum Asked {
    /// Kept small, since a chain may hold millions: logs are written out when somebody asks.
    Transfer {
        transfer: PlainTransfer,
        outcome: Outcome,
        /// What the token's owner got of the amount.
        fee: Usdt,
    },
    Call(Box<Call>),
    Change {
        call: Box<Call>,
        change: TokenChange,
    },
}

impl From<PlainTransfer> for Asked {
    fn from(transfer: PlainTransfer) -> Self {
        let outcome = Outcome::Success;
        let fee = Usdt::ZERO;
        Self::Transfer {
            transfer,
            outcome,
            fee,
        }
    }
}

impl From<Call> for Asked {
    fn from(call: Call) -> Self {
        Self::Call(call.into())
    }
}

impl Asked {
    /// A call of the token's owner.
    pub fn change(token: TronAddress, change: TokenChange) -> Self {
        let call = change.call(token).into();
        Self::Change { call, change }
    }
}

/// What a wallet has signed.
#[derive(Debug)]
struct Signed {
    raw: RawData,
    signature: Signature,
    bill: Bill,
}

/// A signed transaction.
#[derive(Debug)]
pub struct Transaction {
    id: Txid,
    asked: Asked,
    created: UtcTime,
    reference: BlockReference,
    /// `None` where the chain made the transaction by command.
    signed: Option<Box<Signed>>,
}

impl Transaction {
    pub fn new(asked: Asked, created: UtcTime, reference: BlockReference) -> Self {
        let id = raw_data(&asked, created, reference).txid();
        Self {
            id,
            asked,
            created,
            reference,
            signed: None,
        }
    }

    /// What a wallet has signed. Only `transfer` does anything; all other calls revert.
    pub fn signed(raw: RawData, signature: Signature) -> Self {
        let asked = match read_transfer(&raw.data) {
            Some((to, amount)) => PlainTransfer {
                token: raw.contract,
                from: raw.owner,
                to,
                amount,
                fails: false,
            }
            .into(),
            None => Call {
                caller: raw.owner,
                data: raw.data.clone(),
                outcome: Outcome::Revert,
                ..Call::new(raw.contract, Vec::new())
            }
            .into(),
        };
        Self {
            id: raw.txid(),
            asked,
            created: raw.timestamp,
            reference: raw.reference,
            signed: Some(Box::new(Signed {
                raw,
                signature,
                bill: Bill::default(),
            })),
        }
    }

    pub const fn id(&self) -> Txid {
        self.id
    }

    pub fn raw_data(&self) -> RawData {
        match &self.signed {
            Some(signed) => signed.raw.clone(),
            None => raw_data(&self.asked, self.created, self.reference),
        }
    }

    /// The wallet's signature, where there is one.
    pub fn signature(&self) -> Option<&Signature> {
        self.signed.as_ref().map(|signed| &signed.signature)
    }

    /// What a wallet has signed, where it was one.
    pub fn signed_data(&self) -> Option<&RawData> {
        self.signed.as_ref().map(|signed| &signed.raw)
    }

    /// What it cost who signed it.
    pub fn bill(&self) -> Bill {
        self.signed
            .as_ref()
            .map_or_else(Bill::usual, |signed| signed.bill)
    }

    /// Whom a plain transfer pays.
    pub const fn recipient(&self) -> Option<TronAddress> {
        match &self.asked {
            Asked::Transfer { transfer, .. } => Some(transfer.to),
            Asked::Call(_) | Asked::Change { .. } => None,
        }
    }

    /// Runs the transaction in a block, as if it never had before: `state` is that of the
    /// contract `token` and may be changed by it. Only what somebody has signed can fail for lack
    /// of funds, and only with a `payer`.
    pub fn execute(&mut self, token: TronAddress, state: &mut TokenState, payer: Option<Payer>) {
        let is_paid = self.signed_data().is_some_and(|raw| raw.call_value != 0);
        match &mut self.asked {
            Asked::Transfer {
                transfer,
                outcome,
                fee,
            } => {
                let ruled = transfer.token == token;
                let lacks =
                    payer.is_some_and(|payer| payer.tokens < transfer.amount.micro().into());
                *outcome = if transfer.fails {
                    Outcome::OutOfEnergy
                } else if is_paid || lacks || ruled && state.refuses(transfer.from) {
                    Outcome::Revert
                } else {
                    Outcome::Success
                };
                *fee = if ruled {
                    state.fee(transfer.amount)
                } else {
                    Usdt::ZERO
                };
            }
            Asked::Call(call) => {
                if self.signed.is_some() {
                    call.outcome = Outcome::Revert;
                }
            }
            Asked::Change { change, .. } => change.apply(state),
        }
        if !self.pay(payer) {
            match &mut self.asked {
                Asked::Transfer { outcome, .. } => *outcome = Outcome::OutOfEnergy,
                Asked::Call(call) | Asked::Change { call, .. } => {
                    call.outcome = Outcome::OutOfEnergy;
                }
            }
        }
    }

    /// Makes the bill out; `false` if the energy does not suffice.
    fn pay(&mut self, payer: Option<Payer>) -> bool {
        let rejected = self.outcome() != Outcome::Success;
        let Some(signed) = &mut self.signed else {
            return true;
        };
        let needed = energy_of(rejected, payer.is_none_or(|payer| payer.recipient_holds));
        let means = payer.map_or(Means::ENDLESS, |payer| payer.means);
        let limit = payer.map_or(u64::MAX, |_| signed.raw.fee_limit.max(0).unsigned_abs());
        // Without bandwidth it would not have come this far.
        signed.bill = Bill::for_bandwidth(&signed.raw, means).unwrap_or_default();
        signed.bill.add_energy(needed, limit, means)
    }

    /// The change of the token's state that the transaction asks for.
    pub const fn change(&self) -> Option<&TokenChange> {
        match &self.asked {
            Asked::Change { change, .. } => Some(change),
            Asked::Transfer { .. } | Asked::Call(_) => None,
        }
    }

    pub fn outcome(&self) -> Outcome {
        match &self.asked {
            Asked::Transfer { outcome, .. } => *outcome,
            Asked::Call(call) | Asked::Change { call, .. } => call.outcome,
        }
    }

    /// The contract that was called.
    pub fn contract(&self) -> TronAddress {
        match &self.asked {
            Asked::Transfer { transfer, .. } => transfer.token,
            Asked::Call(call) | Asked::Change { call, .. } => call.contract,
        }
    }

    /// The logs in the receipt.
    pub fn logs(&self) -> Vec<Log> {
        if !self.outcome().keeps_logs() {
            return Vec::new();
        }
        match &self.asked {
            Asked::Transfer { transfer, fee, .. } => {
                let PlainTransfer {
                    token,
                    from,
                    to,
                    amount,
                    ..
                } = *transfer;
                let net = Usdt::from_micro(amount.micro().saturating_sub(fee.micro()));
                let mut logs = vec![Log::transfer(token, from, to, net)];
                if *fee > Usdt::ZERO {
                    logs.push(Log::transfer(token, from, TOKEN_OWNER, *fee));
                }
                logs
            }
            Asked::Call(call) | Asked::Change { call, .. } => call.logs.clone(),
        }
    }

    pub fn log_count(&self) -> usize {
        if !self.outcome().keeps_logs() {
            return 0;
        }
        match &self.asked {
            Asked::Transfer { fee, .. } => 1 + usize::from(*fee > Usdt::ZERO),
            Asked::Call(call) | Asked::Change { call, .. } => call.logs.len(),
        }
    }

    /// The accounts that the logs name as parties of an event, with repetitions.
    pub fn parties(&self) -> impl Iterator<Item = TronAddress> {
        let (plain, logs) = match &self.asked {
            Asked::Transfer { transfer, fee, .. } if self.outcome().keeps_logs() => {
                let owner = (*fee > Usdt::ZERO).then_some(TOKEN_OWNER);
                ([Some(transfer.from), Some(transfer.to), owner], Vec::new())
            }
            _ => ([None; 3], self.logs()),
        };
        let named: Vec<TronAddress> = logs.iter().flat_map(Log::parties).collect();
        plain.into_iter().flatten().chain(named)
    }

    /// The token events that took place, each with its position among the logs.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = (usize, Event)> {
        let logs = if self.outcome() == Outcome::Success {
            self.logs()
        } else {
            Vec::new()
        };
        logs.into_iter()
            .enumerate()
            .filter_map(|(position, log)| Some((position, log.event()?)))
    }
}

fn raw_data(asked: &Asked, timestamp: UtcTime, reference: BlockReference) -> RawData {
    let (owner, contract, data) = match asked {
        Asked::Transfer { transfer, .. } => (
            transfer.from,
            transfer.token,
            transfer_data(transfer.to, transfer.amount),
        ),
        Asked::Call(call) | Asked::Change { call, .. } => {
            (call.caller, call.contract, call.data.clone())
        }
    };
    RawData::new(owner, contract, data, reference, timestamp)
}
