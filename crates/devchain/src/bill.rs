//! What a transaction costs who signed it: bandwidth and energy, or TRX in their place.
//!
//! Source: java-tron, `BandwidthProcessor.consume` and `VMActuator.getTotalEnergyLimit`.

use crate::raw_data::RawData;

/// In sun, for a unit of energy.
pub const ENERGY_PRICE: u64 = 100;
/// In sun, for a byte.
pub const BANDWIDTH_PRICE: u64 = 1_000;
/// In sun, for a memo of any length.
pub const MEMO_FEE: u64 = 1_000_000;
/// Bytes that every account has for nothing in a day.
pub const FREE_BANDWIDTH: u64 = 600;
/// In sun: no transaction may offer more.
pub const MAX_FEE_LIMIT: i64 = 15_000_000_000;

/// What USDT's `transfer` takes on the main network to a recipient who holds some.
pub const ENERGY_TO_HOLDER: u64 = 64_285;
/// To one who holds none: the contract writes a new entry.
pub const ENERGY_TO_NEWCOMER: u64 = 130_285;
/// What a call takes that the contract rejects before it writes anything.
const ENERGY_OF_REVERT: u64 = 1_845;

/// The bandwidth of a commanded transfer, which nobody pays.
pub const USUAL_BANDWIDTH: u64 = 345;

const SIGNATURE_BYTES: usize = 65;
/// Counted for the result of any transaction.
const RESULT_BYTES: u64 = 64;

/// What an account can spend.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    pub sun: u64,
    pub energy: u64,
    pub bandwidth: u64,
    pub free_bandwidth: u64,
}

impl Means {
    /// Of an account whose TRX never end.
    pub const ENDLESS: Self = Self {
        sun: u64::MAX,
        energy: 0,
        bandwidth: 0,
        free_bandwidth: FREE_BANDWIDTH,
    };

    pub const fn without(self, bill: &Bill) -> Self {
        Self {
            sun: self.sun.saturating_sub(bill.fee()),
            energy: self.energy.saturating_sub(bill.energy_staked),
            bandwidth: self.bandwidth.saturating_sub(bill.bandwidth_staked),
            free_bandwidth: self.free_bandwidth.saturating_sub(bill.bandwidth_free),
        }
    }
}

/// The account has not enough bandwidth and no TRX to burn for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoBandwidth;

/// The fees are in sun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    pub bandwidth_staked: u64,
    pub bandwidth_free: u64,
    pub bandwidth_fee: u64,
    pub memo_fee: u64,
    pub energy: u64,
    /// The part of the energy that came from a stake; the rest is the fee.
    pub energy_staked: u64,
    pub energy_fee: u64,
}

impl Bill {
    /// Of a transfer by command.
    pub const fn usual() -> Self {
        Self {
            bandwidth_staked: 0,
            bandwidth_free: USUAL_BANDWIDTH,
            bandwidth_fee: 0,
            memo_fee: 0,
            energy: ENERGY_TO_HOLDER,
            energy_staked: 0,
            energy_fee: ENERGY_TO_HOLDER * ENERGY_PRICE,
        }
    }

    /// The bill for taking the transaction on, before it is run.
    pub fn for_bandwidth(raw: &RawData, means: Means) -> Result<Self, NoBandwidth> {
        let bytes = bytes_of(raw);
        let memo_fee = if raw.memo.is_empty() { 0 } else { MEMO_FEE };
        let mut bill = Self {
            memo_fee,
            ..Self::default()
        };
        if bytes <= means.bandwidth {
            bill.bandwidth_staked = bytes;
        } else if bytes <= means.free_bandwidth {
            bill.bandwidth_free = bytes;
        } else {
            bill.bandwidth_fee = bytes.saturating_mul(BANDWIDTH_PRICE);
        }
        if bill.fee() > means.sun {
            return Err(NoBandwidth);
        }
        Ok(bill)
    }

    /// Adds what running it takes, at most `fee_limit` and all there is; `false` if that is not
    /// enough.
    pub fn add_energy(&mut self, needed: u64, fee_limit: u64, means: Means) -> bool {
        let left = means.without(self);
        let affordable = left.energy.saturating_add(left.sun / ENERGY_PRICE);
        let limit = affordable.min(fee_limit / ENERGY_PRICE);
        self.energy = needed.min(limit);
        self.energy_staked = self.energy.min(left.energy);
        self.energy_fee = (self.energy - self.energy_staked).saturating_mul(ENERGY_PRICE);
        needed <= limit
    }

    pub const fn fee(&self) -> u64 {
        self.bandwidth_fee
            .saturating_add(self.memo_fee)
            .saturating_add(self.energy_fee)
    }
}

/// The energy that a call takes if it does what it should, or if it is rejected.
pub const fn energy_of(rejected: bool, recipient_holds: bool) -> u64 {
    if rejected {
        ENERGY_OF_REVERT
    } else if recipient_holds {
        ENERGY_TO_HOLDER
    } else {
        ENERGY_TO_NEWCOMER
    }
}

fn bytes_of(raw: &RawData) -> u64 {
    let signed = raw.encode_signed(&[vec![0; SIGNATURE_BYTES]]);
    u64::try_from(signed.len())
        .unwrap_or(u64::MAX)
        .saturating_add(RESULT_BYTES)
}
