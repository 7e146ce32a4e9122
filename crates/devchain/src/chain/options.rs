//! What a new chain starts from.

use usdt_protocol::{TronAddress, UtcTime};

use super::{BLOCK_SECONDS, FIRST_BLOCKS};
use crate::clock::system_time;
use crate::rules::Rules;

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
        Self::starting_at(system_time())
    }
}
