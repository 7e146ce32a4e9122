//! A simulated TRON node for tests and the demo: real endpoints, blocks on command.
//!
//! It keeps a chain in memory, answers like a full node, its solidified twin, its JSON-RPC and
//! the indexer beside them, and obeys the endpoints under `/dev/`.

mod block;
mod chain;
mod clock;
mod control;
mod indexer;
mod jsonrpc;
mod log_filter;
mod node_json;
mod params;
mod raw_data;
mod token;
mod transaction;
mod wallet;

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};

use crate::chain::{BLOCK_SECONDS, Chain, FIRST_BLOCKS, View};

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
}

impl Options {
    /// A chain whose clock shows `now` when it starts.
    pub fn starting_at(now: UtcTime) -> Self {
        Self {
            first_block: 60_000_000,
            genesis_time: now.plus_seconds(-BLOCK_SECONDS * i64::from(FIRST_BLOCKS)),
            token: USDT_CONTRACT,
        }
    }
}

impl Default for Options {
    /// A chain whose clock shows the time of the machine.
    fn default() -> Self {
        Self::starting_at(clock::system_time())
    }
}

/// A token transfer to put into the next block.
#[derive(Clone, Debug)]
pub struct Transfer {
    pub to: TronAddress,
    pub amount: Usdt,
    /// Who pays; `None` is an account whose funds never end. Anyone can pay: what a sender
    /// lacks, it is given.
    pub from: Option<TronAddress>,
    /// The token's contract; `None` is that of the [`Options`].
    pub contract: Option<TronAddress>,
    /// How many separate transactions of this kind.
    pub count: u32,
    /// Runs out of energy: the transaction is in the block, the tokens stay where they were.
    pub fail: bool,
}

impl Transfer {
    /// One transfer of the default token that succeeds.
    pub const fn new(to: TronAddress, amount: Usdt) -> Self {
        Self {
            to,
            amount,
            from: None,
            contract: None,
            count: 1,
            fail: false,
        }
    }
}

struct Shared {
    chain: RwLock<Chain>,
    resumed: Notify,
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
        let chain = RwLock::new(Chain::new(options, Box::new(wall)));
        Self(Arc::new(Shared {
            chain,
            resumed: Notify::new(),
        }))
    }

    /// The time of the chain: wall time, pushed forward by [`Devchain::mine`].
    pub fn now(&self) -> UtcTime {
        self.read(Chain::now)
    }

    /// The number of the newest block.
    pub fn head(&self) -> u64 {
        self.read(|chain| chain.tip(View::Head))
    }

    /// The number of the newest solid block.
    pub fn solid(&self) -> u64 {
        self.read(|chain| chain.tip(View::Solid))
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
        self.write(|chain| chain.submit(transfer))
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

    fn read<T>(&self, ask: impl FnOnce(&Chain) -> T) -> T {
        ask(&self.0.chain.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Chain) -> T) -> T {
        change(&mut self.0.chain.write().unwrap_or_else(PoisonError::into_inner))
    }
}
