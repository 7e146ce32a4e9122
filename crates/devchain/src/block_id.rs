//! The ID of a block, whose first eight bytes are the block's number.

use std::fmt;

use usdt_protocol::txid::Hex;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockId([u8; 32]);

impl BlockId {
    /// The ID that stands where a genesis block names its parent.
    pub const NONE: Self = Self([0; 32]);

    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn number(self) -> u64 {
        self.0.first_chunk().copied().map_or(0, u64::from_be_bytes)
    }
}

impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}
