//! One random history: orders, transfers of every kind, faults, crashes, and time that passes.

use std::collections::{HashMap, HashSet};
use std::env;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::{IndexedMutRandom as _, IndexedRandom as _};
use rand::{Rng as _, SeedableRng as _};
use usdt_devchain::{Call, Devchain, Fault, FaultKind, Log, Outcome};
use usdt_gateway::audit::Auditor;
use usdt_gateway::claims::{self, Finding};
use usdt_gateway::config::Watch;
use usdt_gateway::payments::fields::OrderId;
use usdt_gateway::payments::{LatePolicy, NewPayment, Payment};
use usdt_gateway::store::{
    self, CancelError, CreateError, Created, Decision, Project, RecordedTransfer, ReviewError,
    ReviewFilter, StoreError, TransferId,
};
use usdt_gateway::watcher::Watcher;
use usdt_protocol::{PaymentId, PaymentStatus, TronAddress, Txid, Usdt};

use crate::database::Flood;
use crate::site::{NETWORK, QUARANTINE, Site, WINDOW, WrongClock, author};

/// What merchants ask for.
const PRICES: [u64; 4] = [1_000_000, 1_000_000, 1_010_000, 20_000_000];

const FAKE_TOKEN: TronAddress = TronAddress::from_bytes([9; 20]);
const STRANGER: TronAddress = TronAddress::from_bytes([7; 20]);

/// A transaction that was handed to the chain, and which logs of it are sound transfers.
pub struct Sent {
    pub txid: Txid,
    pub transfers: Vec<(u32, TronAddress, Usdt)>,
}

/// What happened in histories, to see that they are worth something.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub payments: u64,
    pub credited: u64,
    pub late: u64,
    pub in_review: u64,
    pub expired: u64,
    pub crashes: u64,
    pub takeovers: u64,
    pub broken_lines: u64,
    pub lost_answers: u64,
    pub failed_steps: u64,
    pub by_indexer: u64,
    pub reused_amounts: u64,
    pub forks: u64,
    pub decisions: u64,
    pub cancelled: u64,
    pub claims: u64,
    pub fine_amounts: u64,
    pub lost_payments: u64,
    pub meant_for_others: u64,
    pub shown: u64,
    pub arriving: u64,
    pub told_besides: u64,
}

impl Tally {
    pub const fn plus(self, other: Self) -> Self {
        Self {
            payments: self.payments + other.payments,
            credited: self.credited + other.credited,
            late: self.late + other.late,
            in_review: self.in_review + other.in_review,
            expired: self.expired + other.expired,
            crashes: self.crashes + other.crashes,
            takeovers: self.takeovers + other.takeovers,
            broken_lines: self.broken_lines + other.broken_lines,
            lost_answers: self.lost_answers + other.lost_answers,
            failed_steps: self.failed_steps + other.failed_steps,
            by_indexer: self.by_indexer + other.by_indexer,
            reused_amounts: self.reused_amounts + other.reused_amounts,
            forks: self.forks + other.forks,
            decisions: self.decisions + other.decisions,
            cancelled: self.cancelled + other.cancelled,
            claims: self.claims + other.claims,
            fine_amounts: self.fine_amounts + other.fine_amounts,
            lost_payments: self.lost_payments + other.lost_payments,
            meant_for_others: self.meant_for_others + other.meant_for_others,
            shown: self.shown + other.shown,
            arriving: self.arriving + other.arriving,
            told_besides: self.told_besides + other.told_besides,
        }
    }

    /// Everything that matters has happened.
    pub fn assert_telling(self) {
        if env::var("TEST_POSTGRES").is_ok() {
            assert!(self.takeovers > 0, "nobody took over");
            assert!(self.broken_lines > 0, "no line to the database broke");
            assert!(self.lost_answers > 0, "no answer to a create was lost");
        }
        for (what, count) in [
            ("payments", self.payments),
            ("credits", self.credited),
            ("late credits", self.late),
            ("reviews", self.in_review),
            ("expiries", self.expired),
            ("crashes", self.crashes),
            ("failed steps", self.failed_steps),
            ("reused amounts", self.reused_amounts),
            ("forks", self.forks),
            ("decisions", self.decisions),
            ("payments that were cancelled", self.cancelled),
            ("amounts of five and six decimals", self.fine_amounts),
            ("payments that were lost by a restore", self.lost_payments),
            (
                "transfers of their payers, or that were cut",
                self.meant_for_others,
            ),
            ("transfers shown to payers", self.shown),
            ("moments with one on its way", self.arriving),
            ("events that the merchant asked for", self.told_besides),
        ] {
            assert!(count > 0, "there were no {what}");
        }
    }
}

pub struct History<'a> {
    pub site: &'a mut Site,
    pub devchain: Devchain,
    /// Every block has transfers of strangers, and the gateway knows that.
    busy: bool,
    pub projects: Vec<(Project, LatePolicy)>,
    pub sent: Vec<Sent>,
    pub tally: Tally,
    /// What operators decided: the payment for which a transfer was accepted, and what is nobody's.
    pub accepted: HashMap<(String, u32), i64>,
    pub dismissed: HashSet<(String, u32)>,
    /// What merchants have given up.
    pub cancelled: HashSet<i64>,
    /// For which payment money was sent that is not its amount, or not any more: what came before
    /// its amount is free again may pay no other one.
    pub meant: HashMap<(String, u32), Payment>,
    payments: Vec<Payment>,
    /// Those of which a restored database knows nothing.
    pub lost: Vec<Payment>,
    restores: i64,
    paid: Vec<i64>,
    is_huge_sent: bool,
    rng: StdRng,
    clock: Arc<WrongClock>,
    /// Two watchers, as when an old process has not ended yet.
    watchers: Vec<Watcher>,
    auditor: Auditor,
}

impl<'a> History<'a> {
    pub async fn begin(site: &'a mut Site, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let busy = rng.random();
        let devchain = site.renew(busy).await;
        let clock = Site::clock(&devchain);
        let mut projects = Vec::new();
        for (number, policy) in (1..).zip([LatePolicy::Accept, LatePolicy::Review]) {
            let addresses = (0..rng.random_range(1..=2))
                .map(|n| {
                    TronAddress::from_bytes([
                        number, n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                    ])
                })
                .collect();
            let project = site.add_project(policy, addresses, devchain.now()).await;
            projects.push((project, policy));
        }
        let mut history = Self {
            watchers: Vec::new(),
            auditor: site.auditor(&clock),
            site,
            busy,
            devchain,
            projects,
            sent: Vec::new(),
            tally: Tally::default(),
            accepted: HashMap::new(),
            dismissed: HashSet::new(),
            cancelled: HashSet::new(),
            meant: HashMap::new(),
            payments: Vec::new(),
            lost: Vec::new(),
            restores: 0,
            paid: Vec::new(),
            is_huge_sent: false,
            rng,
            clock,
        };
        history.restart().await;
        // Reading begins at the newest solid block: what is older is not the gateway's.
        history.watchers[0].step().await.unwrap();
        // Balances add up from here: a first look at each, and a second that bears it out.
        history.auditor.run_due().await;
        history.devchain.mine(21);
        history.watchers[0].step().await.unwrap();
        history.auditor.run_due().await;
        history
    }

    /// Lets random things happen.
    pub async fn live(&mut self) {
        for _ in 0..self.rng.random_range(10..50) {
            self.happen().await;
            self.check_on_the_way().await;
        }
    }

    async fn happen(&mut self) {
        match self.rng.random_range(0..100) {
            13 if self.rng.random_bool(0.4) => self.flood().await,
            14 => self.restore().await,
            0..14 => self.create().await,
            15..40 => self.send(),
            40..58 => {
                let blocks = *[1, 1, 2, 5, 19, 20, 60, 250].choose(&mut self.rng).unwrap();
                self.devchain.mine(blocks);
            }
            58..60 => self.be_blind().await,
            60..70 => self.step(None).await,
            70..74 => self.step_both().await,
            74..76 => self.decide().await,
            76..78 => self.claim().await,
            78..84 => {
                let polls = self.rng.random_range(1..80);
                self.step(Some(polls)).await;
            }
            84..88 => self.break_node(),
            88..91 => self.devchain.clear_faults(),
            91..94 => self.audit().await,
            94 => self.restart().await,
            95 => self.take_over().await,
            96 => self.lose_answer(),
            97 => self.fork(),
            98 => self.cancel().await,
            _ => self.set_clock_wrong(),
        }
    }

    /// A gap in the node's index of logs, until the watcher looks there no more, and amounts may
    /// belong to others.
    async fn be_blind(&mut self) {
        let gap = Fault::new(FaultKind::Missing { every: 1 });
        self.devchain.add_fault(gap.on("/jsonrpc"));
        self.send();
        // A blind index is noticed where every block has transfers, however few blocks there are.
        self.devchain.mine(if self.busy { 40 } else { 700 });
        self.step(None).await;
        if self.rng.random() {
            self.create().await;
        }
        self.devchain.clear_faults();
    }

    async fn create(&mut self) {
        let (project, _) = self.projects.choose(&mut self.rng).unwrap().clone();
        let order = self.rng.random_range(0..40);
        self.create_of(&project, order).await;
    }

    async fn create_of(&mut self, project: &Project, order: u32) {
        let amount = *PRICES.choose(&mut self.rng).unwrap();
        let new = NewPayment {
            order_id: OrderId::parse(&format!("ORDER_{order}")).unwrap(),
            amount: Usdt::from_micro(amount),
            description: None,
            success_url: None,
            fail_url: None,
            price: None,
            metadata: None,
        };
        let now = usdt_gateway::clock::Clock::now(&*self.clock);
        let store = &self.site.store;
        let mut created = store.create_payment(project, &new, now).await;
        let is_lost = matches!(&created, Err(CreateError::Store(error)) if error.is_outage());
        if is_lost {
            self.tally.lost_answers += 1;
            // A merchant asks again, as every client does that has no answer.
            created = store.create_payment(project, &new, now).await;
        }
        let mut payment = match created {
            Ok(Created::New(payment)) => payment,
            Ok(Created::Existing(payment)) if is_lost && !self.knows(&payment) => payment,
            _ => return,
        };
        self.tally.payments += 1;
        self.tally.fine_amounts += u64::from(!payment.pay_amount.micro().is_multiple_of(100));
        // What is drawn after a restore is what that is about.
        if self.restores == 0 && self.rng.random_bool(0.5) {
            self.draw_the_same_amount_again(&mut payment).await;
        }
        self.payments.push(payment);
    }

    fn knows(&self, payment: &Payment) -> bool {
        self.payments.iter().any(|known| known.id == payment.id)
    }

    /// Bots take all amounts of four decimals for one price at a project's addresses; then come
    /// payers. After a restore such amounts end in its digit.
    async fn flood(&mut self) {
        let (project, _) = self.projects.choose(&mut self.rng).unwrap().clone();
        let cursor = self.site.store.cursor(NETWORK).await.unwrap().unwrap();
        let now = self.devchain.now().max(cursor.time);
        let price = *PRICES.choose(&mut self.rng).unwrap();
        let expires_at = now.plus_seconds(WINDOW.as_secs().cast_signed());
        let held_until = expires_at.plus_seconds(QUARANTINE.as_secs().cast_signed());
        let digit = if self.restores == 0 {
            0
        } else {
            5 + self.restores
        };
        let flood = Flood {
            project_id: project.id,
            price: Usdt::from_micro(price),
            digit,
            created_at: now,
            expires_at,
            held_after: cursor.block,
            held_until,
        };
        self.site.database.flood(&flood).await;
        for order in 0..self.rng.random_range(3..12) {
            self.create_of(&project, 100 + order).await;
        }
    }

    /// The database is replaced by a backup from before the last payments were created. Their
    /// payers still pay.
    async fn restore(&mut self) {
        let digit = 6 + self.restores;
        if digit > 9 {
            return;
        }
        let losing = self.rng.random_range(1..8);
        let kept = self.payments.len().saturating_sub(losing);
        // What was on its way is settled in a backup, or not in it yet.
        self.site.database.forget_arrivals().await;
        let mut lost = Vec::new();
        for payment in self.payments.split_off(kept) {
            // What has left traces is older than the backup.
            if !self.site.database.forget(payment.id).await {
                self.payments.push(payment);
                continue;
            }
            lost.push(payment);
        }
        if lost.is_empty() {
            return;
        }
        self.restores += 1;
        self.tally.lost_payments += u64::try_from(lost.len()).unwrap();
        self.lost.extend(lost);
        // The clock may be wrong by minutes without stopping creates.
        let seconds = (WINDOW + QUARANTINE).as_secs().cast_signed() + 1_200;
        let until = self.devchain.now().plus_seconds(seconds);
        self.site.database.hold_amounts_back(until, digit).await;
    }

    /// The amounts are drawn at random, and 900 are many: here the draw falls on one that an
    /// earlier payment had, wherever the database allows it.
    async fn draw_the_same_amount_again(&mut self, payment: &mut Payment) {
        let earlier = self.payments.iter().filter(|earlier| {
            earlier.address == payment.address && earlier.amount == payment.amount
        });
        let Some(amount) = earlier.map(|earlier| earlier.pay_amount).next_back() else {
            return;
        };
        if !self.site.database.draw_amount(payment.id, amount).await {
            // Its quarantine is not over.
            return;
        }
        payment.pay_amount = amount;
        self.tally.reused_amounts += 1;
    }

    /// Hands in a transaction of some kind.
    fn send(&mut self) {
        match self.rng.random_range(0..8) {
            0 if !self.lost.is_empty() => {
                let payment = self.lost.choose(&mut self.rng).unwrap().clone();
                self.send_for(&payment, payment.pay_amount);
            }
            1 => {
                let Some(payment) = self.payments.choose(&mut self.rng).cloned() else {
                    return;
                };
                let due = payment.pay_amount.micro();
                let unit = *[10, 100, 1_000].choose(&mut self.rng).unwrap();
                let up = self.rng.random_range(0..=1) * unit / 2;
                let arrives = (due + up) / unit * unit;
                if arrives != due {
                    self.send_for(&payment, Usdt::from_micro(arrives));
                }
            }
            2 => self.send_any_amount(),
            _ => self.send_some_kind(),
        }
    }

    /// Money for a payment whose exact amount it is not, or which nobody knows any more.
    fn send_for(&mut self, payment: &Payment, amount: Usdt) {
        let txid = self.transfer(payment.address, amount);
        self.meant.insert((txid.to_string(), 0), payment.clone());
        self.tally.meant_for_others += 1;
    }

    /// From dust to more than anybody owes.
    fn send_any_amount(&mut self) {
        let Some(payment) = self.payments.choose(&mut self.rng) else {
            return;
        };
        let (to, digits) = (payment.address, self.rng.random_range(0..14));
        let amount = 1 + self.rng.random_range(0..10_u64.pow(digits));
        self.transfer(to, Usdt::from_micro(amount));
    }

    fn transfer(&mut self, to: TronAddress, amount: Usdt) -> Txid {
        let token = self.devchain.token();
        let sender = *[STRANGER, FAKE_TOKEN].choose(&mut self.rng).unwrap();
        let txid = self
            .devchain
            .submit(&Call::transfer(token, sender, to, amount));
        let transfers = vec![(0, to, amount)];
        self.sent.push(Sent { txid, transfers });
        txid
    }

    fn send_some_kind(&mut self) {
        let token = self.devchain.token();
        let Some(payment) = self.payments.choose(&mut self.rng).cloned() else {
            return;
        };
        let other = self.payments.choose(&mut self.rng).cloned().unwrap();
        let (to, exact) = (payment.address, payment.pay_amount);
        let one = Log::transfer(token, STRANGER, to, exact);
        let near = Usdt::from_micro(exact.micro() + 100 - 200 * self.rng.random_range(0..=1));
        let (call, transfers) = match self.rng.random_range(0..24) {
            0..8 => (
                Call::transfer(token, STRANGER, to, exact),
                vec![(0, to, exact)],
            ),
            8 => (
                Call::transfer_from(token, STRANGER, FAKE_TOKEN, to, exact),
                vec![(0, to, exact)],
            ),
            9 => (
                Call::multisend(token, STRANGER, &[(to, exact), (to, exact)]),
                vec![(0, to, exact), (1, to, exact)],
            ),
            10 => {
                let payments = [(to, exact), (other.address, other.pay_amount), (to, near)];
                let transfers = (0..)
                    .zip(payments)
                    .map(|(at, (to, amount))| (at, to, amount));
                (
                    Call::multisend(token, STRANGER, &payments),
                    transfers.collect(),
                )
            }
            11 => (
                Call::transfer(token, STRANGER, to, near),
                vec![(0, to, near)],
            ),
            12 => (
                Call::transfer(token, STRANGER, to, payment.amount),
                vec![(0, to, payment.amount)],
            ),
            13 => (
                Call::transfer(token, STRANGER, other.address, exact),
                vec![(0, other.address, exact)],
            ),
            14 => (Call::transfer(token, STRANGER, STRANGER, exact), vec![]),
            15 => (Call::transfer(FAKE_TOKEN, STRANGER, to, exact), vec![]),
            16 => {
                let outcome = *[Outcome::OutOfTime, Outcome::Revert, Outcome::OutOfEnergy]
                    .choose(&mut self.rng)
                    .unwrap();
                let call = Call::transfer(token, STRANGER, to, exact);
                (Call { outcome, ..call }, vec![])
            }
            17 => (Call::transfer(token, STRANGER, to, Usdt::ZERO), vec![]),
            18 if !self.is_huge_sent => {
                // Beyond the sign of the database's integers. Once, or the sum is beyond a u64.
                self.is_huge_sent = true;
                let huge = Usdt::from_micro((1 << 63) + 5);
                (
                    Call::transfer(token, STRANGER, to, huge),
                    vec![(0, to, huge)],
                )
            }
            kind => {
                let mut odd = one.clone();
                let mut transfers = vec![(1, to, exact)];
                match kind {
                    // The exact amount in the low 64 bits, and more above.
                    19 => odd.data[20] = 1,
                    20 => {
                        odd.data.pop();
                    }
                    21 => odd.topics.push(odd.topics[2]),
                    22 => odd = Log::approval(token, STRANGER, to, exact),
                    _ => {
                        // Garbage above the address does not make it another one.
                        odd.topics[2][..12].copy_from_slice(&[0x41; 12]);
                        transfers.insert(0, (0, to, exact));
                    }
                }
                (Call::new(token, vec![odd, one]), transfers)
            }
        };
        let txid = self.devchain.submit(&call);
        self.sent.push(Sent { txid, transfers });
    }

    /// A step of a watcher, whose process dies after it was polled so often, or the line to its database
    /// breaks.
    async fn step(&mut self, dies_after: Option<u32>) {
        let watcher = self.watchers.choose_mut(&mut self.rng).unwrap();
        let mut polls = dies_after.unwrap_or(u32::MAX);
        let mut breaks = match &self.site.server {
            Some(server) if self.rng.random() => Some(server.line.clone()),
            _ => None,
        };
        let (chases, inspects) = (self.rng.random_bool(0.3), self.rng.random_bool(0.2));
        let ended = {
            let mut step = pin!(async {
                let read = watcher.step().await;
                if chases {
                    watcher.chase().await;
                }
                if inspects {
                    watcher.inspect().await;
                }
                read
            });
            std::future::poll_fn(|context| {
                if polls == 0 {
                    let Some(line) = breaks.take() else {
                        return Poll::Ready(None);
                    };
                    line.end_connections();
                    self.tally.broken_lines += 1;
                    polls = u32::MAX;
                }
                polls -= 1;
                step.as_mut().poll(context).map(Some)
            })
            .await
        };
        match ended {
            Some(Ok(())) => {}
            Some(Err(_)) => self.tally.failed_steps += 1,
            None => {
                self.tally.crashes += 1;
                self.restart().await;
            }
        }
    }

    /// A process that is still at work loses its lease to another one, and writes nothing from then on.
    async fn take_over(&mut self) {
        if self.site.server.is_none() {
            return;
        }
        let mut old = self.watchers.swap_remove(0);
        let _ = tokio::join!(old.step(), self.site.lead_anew());
        let before = self.site.store.cursor(NETWORK).await.unwrap();
        self.devchain.mine(3);
        let _ = old.step().await;
        let after = self.site.store.cursor(NETWORK).await.unwrap();
        assert_eq!(before, after, "who leads no longer has written");
        self.begin_work();
        self.watchers.push(old);
        self.tally.takeovers += 1;
    }

    /// The answer to the next commit is lost, whoever it is that commits.
    fn lose_answer(&self) {
        if let Some(server) = &self.site.server {
            server.line.lose_next_answer();
        }
    }

    /// Two processes read the chain at once, as when an old one has not ended yet.
    async fn step_both(&mut self) {
        let Some((first, others)) = self.watchers.split_first_mut() else {
            return;
        };
        match others.first_mut() {
            None => {
                let _ = first.step().await;
            }
            Some(second) => {
                let _ = tokio::join!(first.step(), second.step());
            }
        }
    }

    /// An operator accepts one or two transfers for a payment of the same merchant, or dismisses one.
    async fn decide(&mut self) {
        let filter = ReviewFilter {
            dust: true,
            ..ReviewFilter::default()
        };
        let waiting = self.site.store.reviews(filter).await.unwrap();
        let together = self.rng.random_range(1..=2);
        let chosen: Vec<TransferId> = waiting
            .choose_multiple(&mut self.rng, together)
            .map(RecordedTransfer::id)
            .collect();
        let Some(&first) = chosen.first() else {
            return;
        };
        let key = |id: &TransferId| (id.txid.to_string(), id.position);
        let by = author(self.devchain.now());
        let decision = Decision {
            by: &by,
            note: None,
            project: None,
        };
        let payment = self
            .payments
            .choose(&mut self.rng)
            .map(|payment| payment.id);
        if let Some(payment) = payment.filter(|_| self.rng.random_bool(0.7)) {
            let accepted = self
                .site
                .store
                .accept_reviews(NETWORK, &chosen, payment, None, decision)
                .await;
            if self.is_done(first, Some(payment), accepted.err()).await {
                let payment = payment.get().cast_signed();
                self.accepted
                    .extend(chosen.iter().map(|id| (key(id), payment)));
                self.tally.decisions += 1;
            }
        } else {
            let store = &self.site.store;
            let dismissed = store.dismiss_review(NETWORK, first, decision).await;
            if self.is_done(first, None, dismissed.err()).await {
                self.dismissed.insert(key(&first));
                self.tally.decisions += 1;
            }
        }
    }

    /// A merchant gives a payment up, of which it may have heard nothing.
    async fn cancel(&mut self) {
        let Some(payment) = self.payments.choose(&mut self.rng).cloned() else {
            return;
        };
        let by = author(self.devchain.now());
        let decision = Decision {
            by: &by,
            note: None,
            project: Some(payment.project_id),
        };
        let cancelled = self.site.store.cancel_payment(payment.id, decision);
        let is_done = match cancelled.await {
            Ok(_) => true,
            Err(CancelError::Store(StoreError::Unanswered(_))) => {
                let stored = self.site.store.payment(payment.id).await.unwrap();
                stored.is_some_and(|stored| stored.status == PaymentStatus::Failed)
            }
            Err(_) => false,
        };
        if is_done && self.cancelled.insert(payment.id.get().cast_signed()) {
            self.tally.cancelled += 1;
        }
    }

    /// Whether a decision is made, for which an operator looks where there was no answer.
    async fn is_done(
        &self,
        transfer: TransferId,
        payment: Option<PaymentId>,
        error: Option<ReviewError>,
    ) -> bool {
        match error {
            None => true,
            Some(ReviewError::Store(StoreError::Unanswered(_))) => {
                let recorded = self.site.store.transfers_of(transfer.txid).await.unwrap();
                let outcome = recorded
                    .iter()
                    .find(|recorded| recorded.id() == transfer)
                    .map(|recorded| recorded.outcome);
                match (outcome, payment) {
                    (Some(store::Outcome::Dismissed), None) => true,
                    (
                        Some(store::Outcome::Credited(paid) | store::Outcome::Added(paid)),
                        Some(id),
                    ) => paid == id,
                    _ => false,
                }
            }
            Some(_) => false,
        }
    }

    /// A payer points to a transaction, their own or another.
    async fn claim(&mut self) {
        let (Some(payment), Some(sent)) = (
            self.payments.choose(&mut self.rng),
            self.sent.choose(&mut self.rng),
        ) else {
            return;
        };
        let (store, id) = (&self.site.store, payment.id);
        let payment = store.payment(id).await.unwrap().unwrap();
        let chain = self.site.chain(Watch::Logs);
        let now = self.devchain.now();
        let finding = claims::look_up(chain, store, now, &payment, sent.txid).await;
        if let Ok(Finding::Credited { .. }) = finding {
            let transfers = store.transfers_of(sent.txid).await.unwrap();
            let is_paid_by = |recorded: &RecordedTransfer| match recorded.outcome {
                store::Outcome::Credited(paid) | store::Outcome::Added(paid) => paid == id,
                store::Outcome::Review | store::Outcome::Dismissed => false,
            };
            assert!(
                transfers.iter().any(is_paid_by),
                "a claim tells of a wrong credit"
            );
            self.tally.claims += 1;
        }
    }

    async fn audit(&mut self) {
        let ahead = self.rng.random_range(0..700);
        self.clock.ahead_seconds.fetch_add(ahead, Ordering::Relaxed);
        self.auditor.run_due().await;
        self.clock.ahead_seconds.fetch_sub(ahead, Ordering::Relaxed);
        self.auditor.watch_open().await;
    }

    /// New processes on the same data.
    async fn restart(&mut self) {
        if self.rng.random_bool(0.05) {
            self.site.reopen_store().await;
        }
        self.site.lead_anew().await;
        self.begin_work();
    }

    fn begin_work(&mut self) {
        let mut modes = vec![Watch::Logs];
        if self.rng.random_bool(0.4) {
            modes.push(
                *[Watch::Logs, Watch::Receipts]
                    .choose(&mut self.rng)
                    .unwrap(),
            );
        }
        let watcher = |watch| self.site.watcher(watch, &self.clock, self.busy);
        self.watchers = modes.into_iter().map(watcher).collect();
        self.auditor = self.site.auditor(&self.clock);
    }

    fn break_node(&mut self) {
        let kinds = [
            FaultKind::Outage,
            FaultKind::Status {
                status: 403,
                seconds: 0,
                keyless: false,
            },
            FaultKind::Status {
                status: 429,
                seconds: 0,
                keyless: true,
            },
            FaultKind::Status {
                status: 503,
                seconds: 0,
                keyless: false,
            },
            FaultKind::EmptyObject,
            FaultKind::Error {
                message: "class java.lang.IllegalAccessException : lack of computing resources"
                    .to_owned(),
            },
            FaultKind::BareText,
            FaultKind::RpcError {
                code: -32_602,
                message: "exceed max block range: 5000".to_owned(),
            },
            FaultKind::Truncated,
            FaultKind::Missing { every: 1 },
            FaultKind::Missing { every: 2 },
            FaultKind::Missing { every: 3 },
            FaultKind::LateLogs {
                blocks: self.rng.random_range(1..60),
            },
            FaultKind::Uneven {
                blocks: self.rng.random_range(1..60),
            },
            FaultKind::Duplicated,
            FaultKind::Reordered,
            FaultKind::Stale {
                blocks: self.rng.random_range(1..60),
            },
            FaultKind::RepeatedPage,
            FaultKind::LostFingerprint,
        ];
        let mut fault = Fault::new(kinds.choose(&mut self.rng).unwrap().clone());
        let paths = [
            "/walletsolidity/",
            "/walletsolidity/gettransactioninfobyid",
            "/walletsolidity/gettransactioninfobyblocknum",
            "/wallet/",
            "/jsonrpc",
            "/v1/",
        ];
        if matches!(fault.kind, FaultKind::Missing { .. }) {
            // What a node leaves out of a block's receipts nobody can miss.
            fault = fault.on(*["/jsonrpc", "/v1/"].choose(&mut self.rng).unwrap());
        } else if self.rng.random_bool(0.7) {
            fault = fault.on(*paths.choose(&mut self.rng).unwrap());
        }
        if self.rng.random_bool(0.5) {
            fault = fault.times(self.rng.random_range(1..4));
        }
        self.devchain.add_fault(fault);
    }

    fn fork(&mut self) {
        let depth = self.rng.random_range(1..=18);
        let keep = self.rng.random();
        self.devchain.fork(depth, keep).unwrap();
        self.tally.forks += 1;
    }

    fn set_clock_wrong(&mut self) {
        let seconds = *[0, 0, -500, 500, -86_400, 86_400]
            .choose(&mut self.rng)
            .unwrap();
        self.clock.ahead_seconds.store(seconds, Ordering::Relaxed);
    }

    /// What must hold at any moment.
    async fn check_on_the_way(&mut self) {
        let too_early = self.site.database.expired_too_early().await;
        assert_eq!(too_early, 0, "a payment expired too early");
        let cursor = self.site.store.cursor(NETWORK).await.unwrap().unwrap();
        let read = self.devchain.block_time(cursor.block).unwrap();
        assert!(
            cursor.time <= read,
            "more is said to be known than was read"
        );
        let database = &mut self.site.database;
        let twice = database.arriving_and_recorded().await;
        assert_eq!(twice, 0, "what is recorded is still told as on its way");
        self.tally.arriving += database.arriving().await.cast_unsigned();
        let paid = database.paid().await;
        assert!(
            self.paid.iter().all(|id| paid.contains(id)),
            "a payment is no longer paid"
        );
        self.paid = paid;
    }

    /// Heals everything and lets the gateway finish its work.
    pub async fn settle(&mut self) {
        self.devchain.clear_faults();
        self.clock.ahead_seconds.store(0, Ordering::Relaxed);
        // Lies were rightly told of; from here on there are none.
        self.site.database.clear_alarms().await;
        self.devchain.mine(20);
        self.watchers = vec![self.site.watcher(Watch::Logs, &self.clock, self.busy)];
        while self.watchers[0].step().await.is_err() {
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
        // What the logs did not show, the indexer does. Balances are compared once a day; where
        // one does not add up, the indexer is asked from that day's beginning. The last ones may have
        // been compared by a clock that was more than a day ahead.
        self.clock
            .ahead_seconds
            .store(3 * 86_400, Ordering::Relaxed);
        for _ in 0..2 {
            self.site.auditor(&self.clock).run_due().await;
        }
    }
}
