//! Asks one node what the gateway would ask, round by round.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use usdt_protocol::{TronAddress, Txid, UtcTime};
use usdt_tron::{Block, Call, Node, NodeError, Transfer, TransferLog};

use super::Pace;
use super::measured::{Measured, Question};
use super::report::NodeReport;
use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::config::Watch;
use crate::quota::pattern::{LOOK_BACK_BLOCKS, PAUSES_WHILE_OPEN};

/// Addresses that stand for the gateway's.
const MOST_WATCHED: usize = 10;

/// New blocks that one question for logs goes on.
const MOST_NEW_BLOCKS: u64 = 20;

/// The indexer's list goes back so far.
const LIST_SECONDS: i64 = 600;
const LIST_BLOCKS: u64 = 190;

/// Blocks that an indexer may be behind.
const LAG_BLOCKS: u64 = 20;

/// What a row of a block says, whichever source it has.
type Row = (Txid, TronAddress, TronAddress, u64);

pub(super) struct Prober {
    chain: Chain,
    pace: Pace,
    clock: SharedClock,
    measured: Shared,
    /// The first and the last block whose logs were read.
    read: Option<(u64, u64)>,
    /// Stands for the gateway's addresses: the busiest of the first blocks.
    watched: Vec<TronAddress>,
    /// The last blocks' rows, as the watched source tells them.
    rows: BTreeMap<u64, Vec<Row>>,
    compared: Option<Instant>,
    looked_back: Option<Instant>,
    listed: Option<Instant>,
    token_asked: Option<Instant>,
    /// Looks so far.
    looks: u32,
}

/// What a prober has measured, readable meanwhile.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Measured>>);

impl Shared {
    fn get(&self) -> MutexGuard<'_, Measured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn line(&self, elapsed: Duration, of: Duration) -> String {
        self.get().line(elapsed, of)
    }

    pub(super) fn report(&self, endpoint: &usdt_tron::Endpoint, projected: u64) -> NodeReport {
        self.get().report(endpoint, projected)
    }
}

impl Prober {
    pub(super) fn new(chain: Chain, pace: Pace, clock: SharedClock) -> Self {
        let label = chain.pool.nodes().next().map(Node::label);
        let measured = Measured {
            label: label.unwrap_or_default().to_owned(),
            ..Measured::default()
        };
        Self {
            chain,
            pace,
            clock,
            measured: Shared(Arc::new(Mutex::new(measured))),
            read: None,
            watched: Vec::new(),
            rows: BTreeMap::new(),
            compared: None,
            looked_back: None,
            listed: None,
            token_asked: None,
            looks: 0,
        }
    }

    pub(super) fn measured(&self) -> Shared {
        self.measured.clone()
    }

    /// Goes on until it is dropped.
    pub(super) async fn run(&mut self) {
        loop {
            // It rests after a failure, and as long as it has asked for, as for the gateway.
            let node = self.chain.pool.pick().await;
            let began = Instant::now();
            let done = self.round(&node).await;
            let (took, error) = (began.elapsed(), done.as_ref().err());
            self.measured.get().rounds.add(0, 0, took, error);
            match done {
                Ok(()) => {
                    node.succeeded();
                    tokio::time::sleep(self.pace.poll).await;
                }
                Err(error) => node.failed(error.asked_patience()),
            }
        }
    }

    async fn round(&mut self, node: &Node) -> Result<(), NodeError> {
        let turn = self.looks % PAUSES_WHILE_OPEN;
        self.looks = self.looks.wrapping_add(1);
        if let (1.., Some((_, read))) = (turn, self.read) {
            return self.look_at_head(node, read).await;
        }
        if self.measured.get().chain_id.is_none() {
            // Said by the doctor where it fails.
            let id = node.chain_id().await.ok();
            self.measured.get().chain_id = id;
        }
        let solid = self
            .ask(node, Question::SolidBlock, node.solid_block())
            .await?;
        self.note_height(solid);
        self.read_new(node, solid.number).await?;
        self.look_at_head(node, solid.number).await?;
        if is_due(&mut self.token_asked, self.pace.token) {
            let token = self.chain.token;
            self.ask(node, Question::Token, node.token_state(token))
                .await?;
        }
        if is_due(&mut self.looked_back, self.pace.look_back) {
            self.look_back(node, solid.number).await?;
        }
        if is_due(&mut self.compared, self.pace.compare) {
            self.compare(node).await?;
        }
        if is_due(&mut self.listed, self.pace.indexer) {
            self.prove_newest(node).await?;
            self.list(node, solid).await?;
        }
        Ok(())
    }

    /// Asks one question and notes how that went.
    async fn ask<T>(
        &self,
        node: &Node,
        question: Question,
        answer: impl Future<Output = Result<T, NodeError>>,
    ) -> Result<T, NodeError> {
        let before = total(node);
        let answer = answer.await;
        let after = total(node);
        let spent = (
            after.0.saturating_sub(before.0),
            after.1.saturating_sub(before.1),
            after.2.saturating_sub(before.2),
        );
        let mut measured = self.measured.get();
        measured.add(question, spent, answer.as_ref().err());
        answer
    }

    fn note_height(&self, solid: Block) {
        let mut measured = self.measured.get();
        if let Some(last) = measured.solid
            && solid.number < last
        {
            measured.went_back += 1;
            measured.most_back = measured.most_back.max(last - solid.number);
        }
        measured.solid = Some(measured.solid.unwrap_or(0).max(solid.number));
        let age = solid.time.seconds_until(self.clock.now());
        measured.oldest_solid = measured.oldest_solid.max(age);
    }

    /// The new solid blocks, from the source that the gateway watches.
    async fn read_new(&mut self, node: &Node, solid: u64) -> Result<(), NodeError> {
        let (first, read) = self.read.unwrap_or((solid, solid.saturating_sub(1)));
        let from = read.saturating_add(1);
        let to = solid.min(read.saturating_add(MOST_NEW_BLOCKS));
        if from > to {
            return Ok(());
        }
        let mut by_block: BTreeMap<u64, Vec<Row>> = (from..=to).map(|one| (one, vec![])).collect();
        match self.chain.watch {
            Watch::Logs => {
                for (block, row) in self.logs(node, from, to).await? {
                    by_block.entry(block).or_default().push(row);
                }
            }
            Watch::Receipts => {
                for block in from..=to {
                    let rows = self.receipts(node, block).await?;
                    by_block.insert(block, rows);
                }
            }
        }
        let rows: Vec<Row> = by_block.values().flatten().copied().collect();
        if self.watched.is_empty() {
            self.watched = busiest(&rows);
        }
        let mut measured = self.measured.get();
        measured.blocks += to - read;
        measured.transfers += u64::try_from(rows.len()).unwrap_or(0);
        for (block, rows) in &by_block {
            for (txid, _, to, _) in rows {
                if self.watched.first() == Some(to) {
                    measured.recipient.log(*txid, *block);
                }
            }
        }
        drop(measured);
        self.rows.extend(by_block);
        self.rows = self.rows.split_off(&to.saturating_sub(LIST_BLOCKS));
        self.read = Some((first, to));
        Ok(())
    }

    async fn logs(&self, node: &Node, from: u64, to: u64) -> Result<Vec<(u64, Row)>, NodeError> {
        let logs = node.token_transfers(self.chain.token, from, to);
        let logs = self.ask(node, Question::NewLogs, logs).await?;
        Ok(logs
            .iter()
            .map(|log| (log.block, row_of_log(log)))
            .collect())
    }

    async fn receipts(&self, node: &Node, block: u64) -> Result<Vec<Row>, NodeError> {
        let receipts = node.block_receipts(block);
        let receipts = self.ask(node, Question::BlockReceipts, receipts).await?;
        let token = self.chain.token;
        let transfers = receipts.iter().flat_map(|one| one.transfers(token));
        Ok(transfers.map(|one| row_of(&one)).collect())
    }

    /// What is on its way to the watched addresses.
    async fn look_at_head(&self, node: &Node, solid: u64) -> Result<(), NodeError> {
        if self.watched.is_empty() {
            return Ok(());
        }
        let token = self.chain.token;
        let above = solid.saturating_add(1);
        let seen = node.unsolid_sightings(token, &self.watched, above);
        self.ask(node, Question::HeadLogs, seen).await?;
        Ok(())
    }

    /// Asks for the receipt by which the gateway would credit the newest row.
    async fn prove_newest(&self, node: &Node) -> Result<(), NodeError> {
        let mut newest = self.rows.values().rev();
        let Some(&row) = newest.find_map(|rows| rows.last()) else {
            return Ok(());
        };
        let found = node.find_solid_receipt(row.0);
        let found = self.ask(node, Question::Receipt, found).await?;
        let mut measured = self.measured.get();
        match found {
            None => measured.receipts_missing += 1,
            Some(receipt) => {
                let mut transfers = receipt.transfers(self.chain.token).into_iter();
                if !transfers.any(|one| row_of(&one) == row) {
                    measured.unproven_logs += 1;
                }
            }
        }
        Ok(())
    }

    /// Looks at old blocks again, as the gateway does for logs that came late.
    async fn look_back(&mut self, node: &Node, solid: u64) -> Result<(), NodeError> {
        // Asked by the gateway only while a transfer is on its way.
        self.ask(node, Question::HeadBlock, node.head_block())
            .await?;
        if !self.watched.is_empty() {
            let from = solid.saturating_sub(LOOK_BACK_BLOCKS - 1);
            let old = node.sightings(self.chain.token, &self.watched, from, solid);
            self.ask(node, Question::OldLogs, old).await?;
        }
        Ok(())
    }

    /// Compares one block's logs with its receipts.
    async fn compare(&mut self, node: &Node) -> Result<(), NodeError> {
        let Some(block) = self.block_to_compare() else {
            return Ok(());
        };
        let watched = self.rows.get(&block).cloned().unwrap_or_default();
        let (mut logs, proven) = match self.chain.watch {
            Watch::Logs => (watched, self.receipts(node, block).await?),
            Watch::Receipts => (self.logs_of(node, block).await?, watched),
        };
        let lacking = |logs: &[Row]| count(proven.iter().filter(|row| !logs.contains(row)));
        let before = lacking(&logs);
        if before > 0 {
            logs = self.logs_of(node, block).await?;
        }
        let missing = lacking(&logs);
        let mut measured = self.measured.get();
        measured.compared.insert(block);
        measured.compared_blocks += 1;
        measured.compared_rows += count(proven.iter());
        measured.late_logs += before.saturating_sub(missing);
        measured.missing_logs += missing;
        measured.unproven_logs += count(logs.iter().filter(|row| !proven.contains(row)));
        Ok(())
    }

    async fn logs_of(&self, node: &Node, block: u64) -> Result<Vec<Row>, NodeError> {
        let logs = self.logs(node, block, block).await?;
        Ok(logs.into_iter().map(|(_, row)| row).collect())
    }

    /// A block without any row first, since that is the most doubtful; otherwise the newest.
    fn block_to_compare(&self) -> Option<u64> {
        let measured = self.measured.get();
        let mut open = self
            .rows
            .iter()
            .filter(|(block, _)| !measured.compared.contains(block));
        let newest = open.clone().next_back();
        let empty = open.find(|(_, rows)| rows.is_empty());
        empty.or(newest).map(|(block, _)| *block)
    }

    /// Compares the indexer's list of the busiest recipient with the logs.
    async fn list(&mut self, node: &Node, solid: Block) -> Result<(), NodeError> {
        let (Some(&recipient), Some((first, read))) = (self.watched.first(), self.read) else {
            return Ok(());
        };
        let since: UtcTime = solid.time.plus_seconds(-LIST_SECONDS);
        let indexer = self.chain.indexer.clone();
        let listed = self.chain.indexed_transfers(recipient, since);
        // The gateway goes on without it.
        let Ok(listed) = self.ask(&indexer, Question::Indexer, listed).await else {
            return Ok(());
        };
        let oldest = solid.number.saturating_sub(LIST_BLOCKS).max(first);
        let due = oldest..=read.saturating_sub(LAG_BLOCKS);
        self.measured.get().recipient.list(&listed, due);
        let suspect = self.measured.get().recipient.suspect();
        let Some(suspect) = suspect else {
            return Ok(());
        };
        let found = node.find_solid_receipt(suspect);
        let found = self.ask(node, Question::Receipt, found).await?;
        let was_read = found.is_some_and(|one| (first..=read).contains(&one.block));
        let mut measured = self.measured.get();
        measured.recipient.settle(suspect, was_read);
        Ok(())
    }
}

/// Whether something is to be done now that was last done at `last`.
fn is_due(last: &mut Option<Instant>, every: Duration) -> bool {
    let is_due = last.is_none_or(|last| last.elapsed() >= every);
    if is_due {
        *last = Some(Instant::now());
    }
    is_due
}

/// Requests, bytes and time of everything that a node was asked.
fn total(node: &Node) -> (u64, u64, Duration) {
    let tallies = Call::ALL.into_iter().map(|call| node.tally(call));
    tallies.fold((0, 0, Duration::ZERO), |(requests, bytes, took), one| {
        (requests + one.requests, bytes + one.bytes, took + one.took)
    })
}

fn busiest(rows: &[Row]) -> Vec<TronAddress> {
    let mut counts: BTreeMap<[u8; 20], u64> = BTreeMap::new();
    for (_, _, to, _) in rows {
        *counts.entry(*to.bytes()).or_default() += 1;
    }
    let mut busiest: Vec<_> = counts.into_iter().collect();
    busiest.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    busiest.truncate(MOST_WATCHED);
    let addresses = busiest.into_iter();
    addresses
        .map(|(bytes, _)| TronAddress::from_bytes(bytes))
        .collect()
}

fn row_of_log(log: &TransferLog) -> Row {
    (log.txid, log.from, log.to, log.amount.micro())
}

fn row_of(transfer: &Transfer) -> Row {
    (
        transfer.txid,
        transfer.from,
        transfer.to,
        transfer.amount.micro(),
    )
}

fn count<'a>(rows: impl Iterator<Item = &'a Row>) -> u64 {
    u64::try_from(rows.count()).unwrap_or(u64::MAX)
}
