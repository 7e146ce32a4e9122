//! A database of an older version keeps its payments, its slots and its history.

use usdt_gateway::store::Store;
use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};
use usdt_tron::{Network, Transfer};

use crate::database::Database;
use crate::database::first_version::{self, Contents};

const ADDRESS: TronAddress = TronAddress::from_bytes([1; 20]);

/// The chain is read up to this block and time.
const BLOCK: u64 = 60_000_000;
const NOW: i64 = 1_782_928_800_000;

/// Of both payments, in micro-USDT.
const PAY_AMOUNT: i64 = 50_013_400;

/// The IDs of a payment whose quarantine is over, and of a live one with the same amount.
const OLD: i64 = (1 << 40) + 1;
const LIVE: i64 = (1 << 40) + 2;

#[tokio::test]
async fn payments_that_are_open_at_the_update_are_paid_after_it() {
    for [old_id, live_id] in [[OLD, LIVE], [LIVE, OLD]] {
        let folder = tempfile::tempdir().unwrap();
        let contents = Contents {
            address: ADDRESS,
            pay_amount: PAY_AMOUNT,
            block: BLOCK,
            now: UtcTime::from_millis(NOW),
            old_id,
            live_id,
        };
        first_version::create_with(folder.path(), &contents).await;
        let store = Store::open(folder.path()).await.unwrap();
        // Known from before: one that paid, one in review, and where it came from.
        let database = Database::of(folder.path());
        assert_eq!(database.found_by("watcher").await, 2);
        let transfer = Transfer {
            txid: Txid::from_bytes([9; 32]),
            log_position: 0,
            block: BLOCK + 1,
            block_time: UtcTime::from_millis(NOW + 3_000),
            from: TronAddress::from_bytes([7; 20]),
            to: ADDRESS,
            amount: Usdt::from_micro(PAY_AMOUNT.cast_unsigned()),
        };
        let to = BLOCK + 1;
        let recorded = store
            .record(Network::Simulated, &[transfer], to, None, UtcTime::EPOCH)
            .await
            .unwrap();
        let credited: Vec<i64> = recorded
            .credited
            .iter()
            .map(|id| id.get().cast_signed())
            .collect();
        assert_eq!(credited, [live_id]);
    }
}
