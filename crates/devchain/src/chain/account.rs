//! Accounts: what commands have granted them, and what is left of it.

use usdt_protocol::{TronAddress, UtcTime};

use super::{Chain, Snapshot, View};
use crate::bill::{FREE_BANDWIDTH, Means};
use crate::call::TREASURY;
use crate::token_state::TOKEN_OWNER;
use crate::transaction::{Payer, Transaction};

/// What an account has that nobody has funded, while funds are not enforced. In sun.
const UNENFORCED_SUN: u64 = 1_000_000_000_000;
/// The time in which used bandwidth and energy come back.
const RECOVERY_MILLIS: i64 = 86_400_000;

/// What an account was given. Who was given nothing has no account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    pub sun: u64,
    /// From staking, each day.
    pub energy: u64,
    /// From staking, each day.
    pub bandwidth: u64,
}

/// An account at some block.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    pub address: TronAddress,
    pub is_contract: bool,
    pub created: UtcTime,
    /// When it signed the last of its transactions.
    pub last_operation: Option<UtcTime>,
    pub sun: u64,
    pub energy_limit: u64,
    pub energy_used: u64,
    pub bandwidth_limit: u64,
    pub bandwidth_used: u64,
    pub free_bandwidth_used: u64,
}

impl Account {
    pub const fn means(&self) -> Means {
        Means {
            sun: self.sun,
            energy: self.energy_limit.saturating_sub(self.energy_used),
            bandwidth: self.bandwidth_limit.saturating_sub(self.bandwidth_used),
            free_bandwidth: FREE_BANDWIDTH.saturating_sub(self.free_bandwidth_used),
        }
    }
}

impl Chain {
    pub fn grant(&mut self, account: TronAddress, more: Grant) {
        let granted = self.grants.entry(account).or_default();
        granted.sun = granted.sun.saturating_add(more.sun);
        granted.energy = granted.energy.saturating_add(more.energy);
        granted.bandwidth = granted.bandwidth.saturating_add(more.bandwidth);
    }

    /// The account that signed, after the transactions that precede its own in the next block.
    pub(super) fn payer(
        &self,
        transaction: &Transaction,
        before: &[Transaction],
        now: UtcTime,
    ) -> Option<Payer> {
        let raw = transaction.signed_data()?;
        let chain = self.whole();
        let account = chain.account_at(raw.owner, View::Head, now)?;
        let means = before
            .iter()
            .filter(|earlier| {
                earlier
                    .signed_data()
                    .is_some_and(|data| data.owner == raw.owner)
            })
            .fold(account.means(), |means, earlier| {
                means.without(&earlier.bill())
            });
        let held = |holder: TronAddress| {
            before
                .iter()
                .flat_map(Transaction::events)
                .map(|(_, event)| event)
                .filter(|event| event.token == raw.contract)
                .fold(
                    chain.balance(holder, raw.contract, View::Head),
                    |balance, event| event.applied(balance, holder),
                )
        };
        Some(Payer {
            means,
            tokens: held(raw.owner),
            recipient_holds: transaction.recipient().is_some_and(|to| held(to) > 0),
        })
    }
}

impl Snapshot<'_> {
    /// The account as its owner sees it now; `None` if there is none.
    pub fn account(self, address: TronAddress, view: View) -> Option<Account> {
        self.account_at(address, view, self.now())
    }

    fn account_at(self, address: TronAddress, view: View, now: UtcTime) -> Option<Account> {
        let is_contract = self.is_token(address);
        let enforced = self.chain.rules.funds;
        let granted = self.chain.grants.get(&address).copied();
        let exists = is_contract || [TREASURY, TOKEN_OWNER].contains(&address) || !enforced;
        let granted = granted.or_else(|| exists.then(Grant::default))?;
        let mut account = Account {
            address,
            is_contract,
            created: self
                .chain
                .blocks
                .first()
                .map_or(UtcTime::EPOCH, |block| block.timestamp),
            last_operation: None,
            sun: granted.sun,
            energy_limit: granted.energy,
            energy_used: 0,
            bandwidth_limit: granted.bandwidth,
            bandwidth_used: 0,
            free_bandwidth_used: 0,
        };
        let places = self
            .chain
            .signed
            .get(&address)
            .map_or(&[][..], Vec::as_slice);
        for mined in places.iter().map_while(|place| self.at(*place, view)) {
            let bill = mined.transaction.bill();
            let time = mined.block.timestamp;
            account.last_operation = Some(time);
            account.sun = account.sun.saturating_sub(bill.fee());
            account.energy_used += left_of(bill.energy_staked, time, now);
            account.bandwidth_used += left_of(bill.bandwidth_staked, time, now);
            account.free_bandwidth_used += left_of(bill.bandwidth_free, time, now);
        }
        if !enforced {
            account.free_bandwidth_used = account.free_bandwidth_used.min(FREE_BANDWIDTH);
            account.sun = account.sun.max(UNENFORCED_SUN);
        }
        Some(account)
    }
}

/// What has not come back yet of something that was used.
fn left_of(used: u64, then: UtcTime, now: UtcTime) -> u64 {
    let age = now.millis().saturating_sub(then.millis());
    let left = RECOVERY_MILLIS
        .saturating_sub(age)
        .clamp(0, RECOVERY_MILLIS);
    let share = u128::from(used) * u128::from(left.unsigned_abs())
        / u128::from(RECOVERY_MILLIS.unsigned_abs());
    u64::try_from(share).unwrap_or(u64::MAX)
}
