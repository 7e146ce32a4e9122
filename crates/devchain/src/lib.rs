//! A simulated TRON node for tests and the demo: real endpoints, blocks on command.
//!
//! It keeps a chain in memory, answers like a full node, its solidified twin, its JSON-RPC and
//! the indexer beside them, and obeys the endpoints under `/dev/`.

mod abi;
mod account_json;
mod bill;
mod block;
mod broadcast;
mod call;
mod chain;
mod clock;
mod contract;
mod control;
mod faults;
mod indexer;
mod jsonrpc;
mod log;
mod log_filter;
mod log_search;
mod node_facts;
mod node_json;
mod params;
mod raw_data;
mod rules;
mod signature;
mod token;
mod token_state;
mod transaction;
mod visible;
mod wallet;

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::http::{Method, Uri};
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use usdt_protocol::{TronAddress, Txid, UtcTime};

pub use crate::call::{Call, Outcome, Transfer};
use crate::chain::{BLOCK_SECONDS, Chain, FIRST_BLOCKS, Snapshot, View};
pub use crate::chain::{ForkError, Grant};
pub use crate::faults::{Fault, FaultKind};
use crate::faults::{Faults, Lag};
pub use crate::log::Log;
pub use crate::rules::Rules;
pub use crate::token_state::TokenState;

/// The contract of USDT on TRON's main network.
const USDT_CONTRACT: TronAddress = TronAddress::from_bytes([
    0xa6, 0x14, 0xf8, 0x03, 0xb6, 0xfd, 0x78, 0x09, 0x86, 0xa4, 0x2c, 0x78, 0xec, 0x9c, 0x7f, 0x77,
    0xe6, 0xde, 0xd1, 0x3c,
]);

/// What a new chain starts from.
#[derive(Clone, Debug)]
pub struct Options {
    /// The number of the genesis block. A chain that shall go on above an older one starts at a
    /// number beyond its head.
    pub first_block: u64,
    /// The time of the genesis block. A minute's worth of blocks follows it at once, and the
    /// chain's clock starts at the last of them.
    pub genesis_time: UtcTime,
    /// The contract of the token that is paid with unless a transfer names another.
    pub token: TronAddress,
    /// Transfers of the token between strangers in every block, as the main network has some
    /// hundred.
    pub strangers: u32,
    /// What the node is strict about; it can be changed at any time.
    pub rules: Rules,
}

impl Options {
    /// A chain whose clock shows `now` when it starts.
    pub fn starting_at(now: UtcTime) -> Self {
        Self {
            first_block: 60_000_000,
            genesis_time: now.plus_seconds(-BLOCK_SECONDS * i64::from(FIRST_BLOCKS)),
            token: USDT_CONTRACT,
            strangers: 0,
            rules: Rules::default(),
        }
    }
}

impl Default for Options {
    /// A chain whose clock shows the time of the machine.
    fn default() -> Self {
        Self::starting_at(clock::system_time())
    }
}

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

    /// The endpoints of the node, and those under `/dev/` that control it.
    pub fn router(&self) -> Router {
        Router::new()
            .nest("/wallet", wallet::routes(self, View::Head))
            .nest("/walletsolidity", wallet::routes(self, View::Solid))
            .merge(jsonrpc::routes(self))
            .merge(indexer::routes(self))
            .fallback(async |method: Method, uri: Uri| faults::lacking(&method, uri.path()))
            .layer(from_fn_with_state(self.clone(), faults::answer))
            .nest("/dev", control::routes(self))
    }

    /// Serves the node and mines a block every three seconds until `shutdown` resolves.
    pub async fn run(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let server = axum::serve(listener, self.router()).with_graceful_shutdown(shutdown);
        tokio::select! {
            result = server.into_future() => result,
            never = self.mine_by_the_clock() => match never {},
        }
    }

    async fn mine_by_the_clock(&self) -> Infallible {
        loop {
            let due = async {
                match self.read(Chain::millis_until_due) {
                    Some(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => { self.mine_if_due(); }
                () = self.0.resumed.notified() => {}
            }
        }
    }

    fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// Asks the chain as a node knows it that lacks its newest blocks.
    fn ask<T>(&self, Lag(blocks): Lag, ask: impl FnOnce(Snapshot<'_>) -> T) -> T {
        self.read(|chain| ask(chain.without(blocks)))
    }

    fn read<T>(&self, ask: impl FnOnce(&Chain) -> T) -> T {
        ask(&self.0.chain.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Chain) -> T) -> T {
        let (changed, head) = {
            let mut chain = self.0.chain.write().unwrap_or_else(PoisonError::into_inner);
            (change(&mut chain), chain.head())
        };
        self.0.head.send_replace(head);
        changed
    }

    /// Returns once the chain has so many blocks.
    async fn reached(&self, block: u64) {
        let mut head = self.0.head.subscribe();
        // The sender lives as long as `self`.
        let _ = head.wait_for(|head| *head >= block).await;
    }
}
