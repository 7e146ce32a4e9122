//! The simulated chain, as those hold it who drive it and the endpoints that serve it.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Notify, watch};
use usdt_protocol::{TronAddress, Txid, UtcTime};

use crate::call::{Call, Transfer};
use crate::chain::{Chain, ForkError, Grant, Options, Snapshot, View};
use crate::clock;
use crate::faults::{Fault, Faults, Lag};
use crate::rules::Rules;
use crate::token_state::TokenState;

struct Shared {
    chain: RwLock<Chain>,
    faults: Faults,
    resumed: Notify,
    /// The number of the newest block.
    head: watch::Sender<u64>,
}

/// A simulated chain and the node that serves it. Clones share one chain.
#[derive(Clone)]
pub struct Devchain(Arc<Shared>);

impl Devchain {
    pub fn new(options: &Options) -> Self {
        Self::with_wall_time(options, clock::system_time)
    }

    /// A chain whose clock runs with the given wall time instead of the machine's.
    pub fn with_wall_time(
        options: &Options,
        wall: impl Fn() -> UtcTime + Send + Sync + 'static,
    ) -> Self {
        let chain = Chain::new(options, Box::new(wall));
        Self(Arc::new(Shared {
            head: watch::Sender::new(chain.head()),
            chain: RwLock::new(chain),
            faults: Faults::none(),
            resumed: Notify::new(),
        }))
    }

    /// The time of the chain: wall time, pushed forward by [`Devchain::mine`].
    pub fn now(&self) -> UtcTime {
        self.read(Chain::now)
    }

    /// The number of the newest block.
    pub fn head(&self) -> u64 {
        self.read(Chain::head)
    }

    /// The number of the newest solid block.
    pub fn solid(&self) -> u64 {
        self.read(|chain| chain.whole().tip(View::Solid))
    }

    /// When a block was mined; `None` for one that does not exist.
    pub fn block_time(&self, number: u64) -> Option<UtcTime> {
        self.read(|chain| {
            let block = chain.whole().block(number, View::Head)?;
            Some(block.timestamp)
        })
    }

    /// The contract of the default token.
    pub fn token(&self) -> TronAddress {
        self.read(Chain::token)
    }

    pub fn is_paused(&self) -> bool {
        self.read(Chain::is_paused)
    }

    /// Hands transfers in; the next block takes them.
    pub fn transfer(&self, transfer: &Transfer) -> Vec<Txid> {
        self.write(|chain| chain.transfer(transfer))
    }

    /// Hands in many different transfers at once, for the same next block.
    pub fn transfer_many<'a>(
        &self,
        transfers: impl IntoIterator<Item = &'a Transfer>,
    ) -> Vec<Txid> {
        self.write(|chain| {
            transfers
                .into_iter()
                .flat_map(|transfer| chain.transfer(transfer))
                .collect()
        })
    }

    /// Hands in a call with whatever logs; the next block takes it.
    pub fn submit(&self, call: &Call) -> Txid {
        self.write(|chain| chain.submit(call.clone()))
    }

    /// Opens an account, or adds to what it has, at once and outside of any block.
    pub fn grant(&self, account: TronAddress, more: Grant) {
        self.write(|chain| chain.grant(account, more));
    }

    pub fn rules(&self) -> Rules {
        self.read(Chain::rules)
    }

    /// From now on the node is strict about this and nothing else.
    pub fn set_rules(&self, rules: Rules) {
        self.write(|chain| chain.set_rules(rules));
    }

    /// The state of the default token as the next block will leave it.
    pub fn token_state(&self) -> TokenState {
        self.read(Chain::next_token_state)
    }

    /// Turns switches of the default token. The next block takes one transaction for each that
    /// was changed, with the event of the real contract, after those already handed in.
    pub fn set_token(&self, change: impl FnOnce(&mut TokenState)) -> Vec<Txid> {
        self.write(|chain| {
            let mut state = chain.next_token_state();
            change(&mut state);
            chain.set_token_state(&state)
        })
    }

    /// Replaces the newest blocks, at most 18, by as many empty ones with other IDs and later
    /// timestamps. Their transactions go back into the pool, from where the next block takes
    /// them, or are lost. The clock advances to the time of the new head.
    pub fn fork(&self, blocks: u32, keep_transactions: bool) -> Result<(), ForkError> {
        self.write(|chain| chain.fork(blocks.into(), keep_transactions))
    }

    /// Lets a fault befall the node's answers, after those that stand already: the first that
    /// fits a call is the one that befalls it.
    pub fn add_fault(&self, fault: Fault) {
        self.0.faults.add(fault);
    }

    /// The node answers truly again, also the calls that it holds.
    pub fn clear_faults(&self) {
        self.0.faults.clear();
    }

    /// The faults that stand, each with the times that are left.
    pub fn standing_faults(&self) -> Vec<Fault> {
        self.0.faults.list()
    }

    /// How many calls have arrived at paths that begin so, not counting the controls.
    pub fn requests(&self, path: &str) -> u64 {
        self.0.faults.requests(path)
    }

    /// Mines blocks at once, three seconds apart by the chain's clock, which advances to the last
    /// of them. Works while paused too.
    pub fn mine(&self, blocks: u32) {
        self.write(|chain| chain.mine(blocks));
    }

    /// Mines one block with the current time if three seconds have passed since the last and the
    /// chain is not paused. [`Devchain::run`] does so by itself.
    pub fn mine_if_due(&self) -> bool {
        self.write(Chain::mine_if_due)
    }

    /// Stops mining by the clock. Time goes on.
    pub fn pause(&self) {
        self.write(|chain| chain.set_paused(true));
    }

    pub fn resume(&self) {
        self.write(|chain| chain.set_paused(false));
        self.0.resumed.notify_one();
    }

    /// Resolves when a pause ends.
    pub(crate) async fn resumed(&self) {
        self.0.resumed.notified().await;
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// Asks the chain as a node knows it that lacks its newest blocks.
    pub(crate) fn ask<T>(&self, Lag(blocks): Lag, ask: impl FnOnce(Snapshot<'_>) -> T) -> T {
        self.read(|chain| ask(chain.without(blocks)))
    }

    pub(crate) fn read<T>(&self, ask: impl FnOnce(&Chain) -> T) -> T {
        ask(&self.0.chain.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut Chain) -> T) -> T {
        let (changed, head) = {
            let mut chain = self.0.chain.write().unwrap_or_else(PoisonError::into_inner);
            (change(&mut chain), chain.head())
        };
        self.0.head.send_replace(head);
        changed
    }

    /// Returns once the chain has so many blocks.
    pub(crate) async fn reached(&self, block: u64) {
        let mut head = self.0.head.subscribe();
        // The sender lives as long as `self`.
        let _ = head.wait_for(|head| *head >= block).await;
    }
}
