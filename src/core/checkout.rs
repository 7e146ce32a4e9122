//! The state of the page: what is known of the payment, and how every event changes it.
//!
//! The server alone decides what a payment is. This machine never declares one paid or expired:
//! where its clock runs out, it says that it is checking.

use std::cmp::Ordering;

use usdt_protocol::{Payment, PaymentStatus, RedirectUrl, Txid, Unmatched, Usdt, UtcTime};

use crate::core::claiming::Claiming;
use crate::core::clock::{Moment, ServerClock};
use crate::core::comparison;
use crate::core::departure::Departure;
use crate::core::paying::{Paying, WalletEvent};
use crate::core::qr::{self, QrPicture};

/// Who still waits after so many seconds may have sent it already.
const LONG_SECONDS: u32 = 120;

/// Everything that a view may show.
#[derive(Clone, Debug)]
pub struct Checkout {
    pub(crate) shown: Shown,
    pub(crate) copied: Option<Copied>,
    pub(crate) entered: Entered,
    pub(crate) paying: Paying,
    pub(crate) now: Moment,
    opened: Moment,
    /// The payer was elsewhere, perhaps in a wallet, and is here again.
    has_come_back: bool,
    stay: bool,
}

/// What the payer has put into the page's fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entered {
    /// An address to compare with the payment's.
    pub pasted: String,
    /// What an exchange takes.
    pub fee: String,
    pub claim: Claiming,
    /// The transaction that it is about.
    pub claimed: String,
    /// The QR code of the page's link, once the payer wants to go on by phone.
    pub link: Option<QrPicture>,
}

#[derive(Clone, Debug)]
pub(crate) enum Shown {
    /// Nothing is known yet.
    Loading,
    /// Nothing is known, and the gateway cannot be asked.
    Unavailable,
    /// The gateway knows no such payment.
    Unknown,
    Payment(Box<Followed>),
}

/// A payment on the screen.
#[derive(Clone, Debug)]
pub(crate) struct Followed {
    pub payment: Payment,
    pub qr: Option<QrPicture>,
    pub departure: Departure,
    /// The last request failed: what is shown may be old.
    pub lost: bool,
    clock: ServerClock,
    changed: bool,
}

/// Where a payment stands, as the payer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Waiting,
    /// The time is over, and the server has not decided yet.
    Checking,
    /// The transfer is on the chain, but not final.
    Seen {
        confirmations: u8,
        required: u8,
    },
    /// Less than the amount arrived, or is on its way.
    Short,
    /// More than the amount.
    Over,
    /// The amount, in another way than by one transfer in time: a person has to decide about it.
    Review,
    Paid,
    Expired,
    Failed,
    /// Address or amount are not what they were: nobody must pay this.
    Changed,
}

impl Stage {
    /// Money that does not match has arrived or is on its way. A person will have to decide about it.
    pub const fn is_unmatched(self) -> bool {
        matches!(self, Self::Short | Self::Over | Self::Review)
    }
}

/// Something that can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Amount,
    Address,
    Txid,
    /// What the shop's support needs: the payment's number and the transaction's ID.
    Reference,
}

/// How the last copying went, as long as it is worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Copied {
    pub field: Field,
    pub done: bool,
}

/// What can happen to the page.
#[derive(Clone, Debug)]
pub enum Event {
    /// The gateway answered with the payment.
    Answered(Box<Payment>),
    /// The gateway knows no such payment.
    NotFound,
    /// The gateway did not answer, or not with something that can be trusted.
    Lost,
    /// Time went by.
    Ticked,
    /// The page came back into sight.
    SeenAgain,
    /// The payer did something.
    Touched,
    /// The payer wants to stay on the page.
    Stay,
    /// The page is being left for the shop.
    Left,
    Copied(Field),
    /// The text could only be selected, for the payer to copy by hand.
    NotCopied(Field),
    /// The word about copying has been up long enough.
    CopyRead,
    /// An address was pasted for comparison.
    Pasted(String),
    /// An exchange's fee was typed.
    FeeTyped(String),
    /// A transaction is being looked up, or has been.
    Claim(Claiming),
    /// The payer wants to go on by phone.
    PhoneWanted,
    /// Something about paying from a wallet in the browser.
    Wallet(WalletEvent),
}

/// How eagerly to ask the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// News may come at any moment.
    Close,
    /// News is unlikely: a late payment.
    Faint,
    /// Nothing will change any more.
    Over,
}

impl Checkout {
    pub fn loading() -> Self {
        Self::showing(Shown::Loading)
    }

    pub fn unavailable() -> Self {
        Self::showing(Shown::Unavailable)
    }

    pub fn unknown() -> Self {
        Self::showing(Shown::Unknown)
    }

    /// A payment as the server sent it at the moment `at`.
    pub fn opened(payment: Payment, at: Moment) -> Self {
        let followed = Followed {
            qr: qr::draw(&payment.address.to_string()),
            clock: ServerClock::set(payment.server_time, at),
            departure: Departure::on_opening(&payment, at),
            lost: false,
            changed: false,
            payment,
        };
        Self {
            now: at,
            opened: at,
            ..Self::showing(Shown::Payment(Box::new(followed)))
        }
    }

    fn showing(shown: Shown) -> Self {
        Self {
            shown,
            copied: None,
            entered: Entered::default(),
            paying: Paying::default(),
            now: Moment::ORIGIN,
            opened: Moment::ORIGIN,
            has_come_back: false,
            stay: false,
        }
    }

    /// The same at a later moment.
    #[must_use]
    pub fn at(mut self, now: Moment) -> Self {
        self.handle(Event::Ticked, now);
        self
    }

    /// The same for a payer who has chosen not to be taken to the shop.
    #[must_use]
    pub fn staying(mut self) -> Self {
        self.stay = true;
        self.depart(|_| Departure::Stayed);
        self
    }

    pub fn handle(&mut self, event: Event, now: Moment) {
        self.now = now;
        match event {
            Event::Answered(payment) => match &mut self.shown {
                Shown::Payment(followed) => followed.take(*payment, now),
                shown => {
                    *shown = Self::opened(*payment, now).shown;
                    self.opened = now;
                    if self.stay {
                        self.depart(|_| Departure::Stayed);
                    }
                }
            },
            Event::NotFound => match &mut self.shown {
                // Whoever holds an address is not told that it never was.
                Shown::Payment(followed) => followed.lost = true,
                shown => *shown = Shown::Unknown,
            },
            Event::Lost => match &mut self.shown {
                Shown::Payment(followed) => followed.lost = true,
                shown => *shown = Shown::Unavailable,
            },
            Event::Ticked => {}
            Event::SeenAgain => {
                self.has_come_back = true;
                self.depart(|departure| departure.seen_again(now));
            }
            Event::Touched => self.depart(Departure::touched),
            Event::Stay | Event::Left => self.depart(|_| Departure::Stayed),
            Event::Copied(field) => self.copied = Some(Copied { field, done: true }),
            Event::NotCopied(field) => self.copied = Some(Copied { field, done: false }),
            Event::CopyRead => self.copied = None,
            Event::Pasted(text) => self.entered.pasted = comparison::clean(&text),
            Event::FeeTyped(text) => self.entered.fee = text,
            Event::Claim(claim) => self.entered.claim = claim,
            Event::PhoneWanted => {
                self.entered.link = self
                    .followed()
                    .and_then(|followed| qr::draw(followed.payment.payment_url.as_str()));
            }
            Event::Wallet(event) => {
                let server_time = self.server_time();
                self.paying.take(event, server_time);
            }
        }
        match self.payable().map(|payment| payment.chain_delay) {
            Some(0) => self.paying.forget_posted_long_ago(self.server_time()),
            Some(_) => {}
            None => {
                // Their fields are gone, and are empty when they come again.
                self.entered.pasted.clear();
                self.entered.fee.clear();
                self.paying.withdraw();
                // What is only on its way may be another's, and may go away.
                if self.followed().is_some_and(|it| !it.is_arriving()) {
                    self.paying.forget_posted();
                }
            }
        }
    }

    fn depart(&mut self, change: impl FnOnce(Departure) -> Departure) {
        if let Shown::Payment(followed) = &mut self.shown {
            let departure = std::mem::replace(&mut followed.departure, Departure::None);
            followed.departure = change(departure);
        }
    }

    fn followed(&self) -> Option<&Followed> {
        match &self.shown {
            Shown::Payment(followed) => Some(followed),
            Shown::Loading | Shown::Unavailable | Shown::Unknown => None,
        }
    }

    /// The payment that is shown.
    pub(crate) fn payment(&self) -> Option<&Payment> {
        self.followed().map(|followed| &followed.payment)
    }

    /// The payment that is shown, as long as it waits for the payer's money.
    pub(crate) fn payable(&self) -> Option<&Payment> {
        let followed = self.followed()?;
        (followed.stage(self.now) == Stage::Waiting).then_some(&followed.payment)
    }

    /// What the server's clock shows, as far as is known.
    pub(crate) fn server_time(&self) -> UtcTime {
        self.followed()
            .map_or(UtcTime::EPOCH, |followed| followed.clock.time(self.now))
    }

    /// Whether a signed transaction may be on its way of which nothing is known.
    pub(crate) fn is_wallet_unsure(&self) -> bool {
        self.paying.is_unsure()
    }

    pub fn stage(&self) -> Option<Stage> {
        self.followed().map(|followed| followed.stage(self.now))
    }

    pub fn interest(&self) -> Interest {
        match self.shown {
            Shown::Loading | Shown::Unavailable => Interest::Close,
            Shown::Unknown => Interest::Over,
            Shown::Payment(ref followed) => match followed.stage(self.now) {
                Stage::Waiting | Stage::Checking | Stage::Seen { .. } => Interest::Close,
                Stage::Short | Stage::Over | Stage::Review
                    if followed.payment.status == PaymentStatus::Pending
                        || followed.is_arriving() =>
                {
                    Interest::Close
                }
                Stage::Short | Stage::Over | Stage::Review | Stage::Expired => Interest::Faint,
                Stage::Paid | Stage::Failed | Stage::Changed => Interest::Over,
            },
        }
    }

    /// Whether the gateway is just asked about a transaction.
    #[cfg(feature = "csr")]
    pub(crate) fn is_looking_up(&self) -> bool {
        self.entered.claim == Claiming::LookingUp
    }

    /// The version of the payment that is shown.
    pub fn version(&self) -> Option<u64> {
        self.payment().map(|payment| payment.version)
    }

    /// Whether something visible changes with each second.
    pub fn is_counting(&self) -> bool {
        self.followed().is_some_and(|followed| {
            followed.has_time_to_pay(self.now)
                || matches!(followed.departure, Departure::Counting { .. })
        })
    }

    /// Where to go now, when the count to leave has ended.
    pub fn due(&self) -> Option<RedirectUrl> {
        match &self.followed()?.departure {
            Departure::Counting { to, at, .. } if *at <= self.now => Some(to.clone()),
            _ => None,
        }
    }

    /// The text that a copy button stands for: exactly what is displayed.
    pub fn copyable(&self, field: Field) -> Option<String> {
        let followed = self.followed()?;
        let payment = &followed.payment;
        match field {
            Field::Amount => Some(payment.pay_amount.to_string()),
            Field::Address => Some(payment.address.to_string()),
            Field::Txid => followed.txid().map(|txid| txid.to_string()),
            Field::Reference => {
                let number = payment.payment_id.to_string();
                Some([&number, " ", &followed.txid()?.to_string()].concat())
            }
        }
    }

    /// Whether the payer is likely to have sent it, and still sees nothing.
    pub(crate) fn may_be_sent(&self) -> bool {
        self.has_come_back || self.opened.plus_seconds(LONG_SECONDS) <= self.now
    }
}

impl Followed {
    /// The transfer that was seen, or the latest of those that have not paid.
    pub fn txid(&self) -> Option<Txid> {
        let unmatched = || self.unmatched().map(|unmatched| unmatched.txid);
        self.payment.txid.or_else(unmatched)
    }

    pub fn stage(&self, now: Moment) -> Stage {
        let seen = Stage::Seen {
            confirmations: self.payment.confirmations,
            required: self.payment.required_confirmations,
        };
        match self.payment.status {
            _ if self.changed => Stage::Changed,
            PaymentStatus::Paid => Stage::Paid,
            PaymentStatus::Failed => Stage::Failed,
            PaymentStatus::Pending | PaymentStatus::Expired if self.payment.txid.is_some() => seen,
            PaymentStatus::Pending | PaymentStatus::Expired
                if let Some(unmatched) = self.unmatched() =>
            {
                match unmatched.amount.cmp(&self.payment.pay_amount) {
                    Ordering::Less => Stage::Short,
                    Ordering::Greater => Stage::Over,
                    Ordering::Equal => Stage::Review,
                }
            }
            PaymentStatus::Expired => Stage::Expired,
            PaymentStatus::Pending if self.seconds_left(now) == 0 => Stage::Checking,
            PaymentStatus::Pending => Stage::Waiting,
        }
    }

    /// Money that does not match: what waits for a decision and what is on its way, with the latest
    /// transaction.
    pub fn unmatched(&self) -> Option<Unmatched> {
        let mut told = self.payment.unmatched;
        if let Some(arriving) = self.payment.arriving {
            let before = told.map_or(0, |told| told.amount.micro());
            told = Some(Unmatched {
                amount: Usdt::from_micro(before.saturating_add(arriving.amount.micro())),
                txid: arriving.txid,
            });
        }
        told
    }

    /// Whether some of it is only on its way, in a block that is not final yet.
    pub const fn is_arriving(&self) -> bool {
        self.payment.arriving.is_some()
    }

    /// Whether news may come.
    pub fn may_change(&self, now: Moment) -> bool {
        !matches!(
            self.stage(now),
            Stage::Paid | Stage::Failed | Stage::Changed
        )
    }

    /// Whether it can still be paid in time, as far as is known.
    pub fn has_time_to_pay(&self, now: Moment) -> bool {
        let stage = self.stage(now);
        self.payment.status == PaymentStatus::Pending
            && self.seconds_left(now) > 0
            && (stage == Stage::Waiting || stage.is_unmatched())
    }

    /// Seconds until the time to pay ends, by the server's clock.
    pub fn seconds_left(&self, now: Moment) -> u64 {
        self.clock.time(now).seconds_until(self.payment.expires_at)
    }

    fn take(&mut self, answer: Payment, now: Moment) {
        self.lost = false;
        let shown = &self.payment;
        if answer.payment_id != shown.payment_id
            || answer.address != shown.address
            || answer.pay_amount != shown.pay_amount
        {
            self.changed = true;
            self.departure = Departure::None;
            return;
        }
        let is_old = answer.version < shown.version;
        if self.changed || is_old || shown.status == PaymentStatus::Paid {
            return;
        }
        // An answer that was long on its way would set the clock back.
        let is_late = answer.version == shown.version && answer.server_time < self.clock.time(now);
        if !is_late {
            self.clock = ServerClock::set(answer.server_time, now);
        }
        if answer.status != shown.status {
            self.departure = Departure::on_change(&answer, now);
        }
        self.payment = answer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::paying::Step;
    use crate::core::sample::{TXID, pending, with};

    const START: Moment = Moment::from_millis(1_000);

    fn after(seconds: u32) -> Moment {
        START.plus_seconds(seconds)
    }

    fn opened(payment: Payment) -> Checkout {
        Checkout::opened(payment, START)
    }

    fn answer(checkout: &mut Checkout, payment: Payment, at: Moment) {
        checkout.handle(Event::Answered(Box::new(payment)), at);
    }

    fn followed(checkout: &Checkout) -> &Followed {
        checkout.followed().unwrap()
    }

    /// The server's answer after `seconds`, in the next version.
    fn later(seconds: i64, change: impl FnOnce(&mut Payment)) -> Payment {
        with(|payment| {
            payment.server_time = payment.server_time.plus_seconds(seconds);
            payment.version = 2;
            change(payment);
        })
    }

    fn paid(payment: &mut Payment) {
        payment.status = PaymentStatus::Paid;
        payment.paid_at = Some(payment.server_time);
        payment.txid = TXID.parse().ok();
    }

    #[test]
    fn a_payment_goes_from_waiting_to_seen_to_paid() {
        let mut checkout = opened(pending());
        assert_eq!(checkout.stage(), Some(Stage::Waiting));
        assert_eq!(checkout.interest(), Interest::Close);
        let seen = later(60, |payment| {
            payment.txid = TXID.parse().ok();
            payment.confirmations = 3;
        });
        answer(&mut checkout, seen, after(60));
        assert_eq!(
            checkout.stage(),
            Some(Stage::Seen {
                confirmations: 3,
                required: 19
            })
        );
        assert!(!checkout.is_counting());
        answer(&mut checkout, later(120, paid), after(120));
        assert_eq!(checkout.stage(), Some(Stage::Paid));
        assert_eq!(checkout.interest(), Interest::Over);
    }

    #[test]
    fn when_the_clock_runs_out_the_page_is_checking_until_the_server_decides() {
        let mut checkout = opened(pending());
        checkout.handle(Event::Ticked, after(899));
        assert_eq!(checkout.stage(), Some(Stage::Waiting));
        assert_eq!(followed(&checkout).seconds_left(checkout.now), 1);
        checkout.handle(Event::Ticked, after(2_000));
        assert_eq!(checkout.stage(), Some(Stage::Checking));
        assert_eq!(checkout.interest(), Interest::Close);
        assert!(!checkout.is_counting());
        answer(
            &mut checkout,
            later(2_001, |p| p.status = PaymentStatus::Expired),
            after(2_001),
        );
        assert_eq!(checkout.stage(), Some(Stage::Expired));
        assert_eq!(checkout.interest(), Interest::Faint);
    }

    #[test]
    fn a_late_payment_is_shown_after_expiry() {
        let mut checkout = opened(with(|payment| payment.status = PaymentStatus::Expired));
        let seen = later(60, |payment| {
            payment.status = PaymentStatus::Expired;
            payment.txid = TXID.parse().ok();
        });
        answer(&mut checkout, seen, after(60));
        assert_eq!(
            checkout.stage(),
            Some(Stage::Seen {
                confirmations: 0,
                required: 19
            })
        );
        answer(&mut checkout, later(120, paid), after(120));
        assert_eq!(checkout.stage(), Some(Stage::Paid));
        assert_eq!(
            followed(&checkout).departure.seconds_left(after(120)),
            Some(5)
        );
    }

    #[test]
    fn every_answer_sets_the_clock_anew() {
        let mut checkout = opened(pending());
        checkout.handle(Event::Ticked, after(100));
        assert_eq!(followed(&checkout).seconds_left(checkout.now), 800);
        // The device slept for ten minutes, and its clock with it.
        answer(
            &mut checkout,
            with(|p| p.server_time = p.server_time.plus_seconds(700)),
            after(101),
        );
        assert_eq!(followed(&checkout).seconds_left(checkout.now), 200);
    }

    #[test]
    fn an_answer_that_was_long_on_its_way_does_not_set_the_clock_back() {
        let mut checkout = opened(pending());
        answer(&mut checkout, pending(), after(60));
        assert_eq!(followed(&checkout).seconds_left(after(60)), 840);
    }

    #[test]
    fn money_that_does_not_match_is_told_apart_and_leaves_time_to_pay() {
        for (amount, stage) in [
            ("49.0134", Stage::Short),
            ("50.0134", Stage::Review),
            ("51", Stage::Over),
        ] {
            let mut checkout = opened(with(|payment| {
                payment.unmatched = Some(Unmatched {
                    amount: amount.parse().unwrap(),
                    txid: TXID.parse().unwrap(),
                });
            }));
            assert_eq!(checkout.stage(), Some(stage));
            assert_eq!(checkout.interest(), Interest::Close);
            assert!(checkout.is_counting());
            assert_eq!(checkout.copyable(Field::Txid).as_deref(), Some(TXID));
            checkout.handle(Event::Ticked, after(900));
            assert_eq!(checkout.stage(), Some(stage));
            assert!(!checkout.is_counting());
        }
    }

    #[test]
    fn money_on_its_way_counts_with_what_has_come_until_the_exact_amount_is_seen() {
        let money = |amount: &str, txid: &str| {
            Some(Unmatched {
                amount: amount.parse().unwrap(),
                txid: txid.parse().unwrap(),
            })
        };
        let next = TXID.replace('d', "e");
        for (arrived, arriving, stage) in [
            (None, "25", Stage::Short),
            (None, "60", Stage::Over),
            (Some("20"), "25", Stage::Short),
            (Some("20"), "30.0134", Stage::Review),
            (Some("49"), "1.05", Stage::Over),
        ] {
            let mut checkout = opened(pending());
            let told = |payment: &mut Payment| {
                payment.unmatched = arrived.and_then(|amount| money(amount, TXID));
                payment.arriving = money(arriving, &next);
            };
            answer(&mut checkout, later(1, told), after(1));
            assert_eq!(checkout.stage(), Some(stage));
            assert!(followed(&checkout).is_arriving());
            assert!(checkout.payable().is_none(), "nobody sends more");
            assert_eq!(checkout.copyable(Field::Txid), Some(next.clone()));
            let expired = later(900, |payment| {
                told(payment);
                payment.status = PaymentStatus::Expired;
            });
            answer(&mut checkout, expired, after(900));
            assert_eq!(checkout.stage(), Some(stage));
            assert_eq!(checkout.interest(), Interest::Close);
            let seen = later(901, |payment| {
                told(payment);
                payment.txid = TXID.parse().ok();
            });
            answer(&mut checkout, seen, after(901));
            assert!(matches!(checkout.stage(), Some(Stage::Seen { .. })));
            assert_eq!(checkout.copyable(Field::Txid).as_deref(), Some(TXID));
        }
    }

    #[test]
    fn an_old_answer_changes_nothing() {
        let mut checkout = opened(with(|payment| payment.version = 5));
        answer(
            &mut checkout,
            later(1, |p| p.status = PaymentStatus::Failed),
            after(1),
        );
        assert_eq!(checkout.stage(), Some(Stage::Waiting));
        assert_eq!(checkout.version(), Some(5));
    }

    #[test]
    fn nothing_leaves_paid() {
        let mut checkout = opened(with(paid));
        answer(
            &mut checkout,
            later(1, |p| p.status = PaymentStatus::Expired),
            after(1),
        );
        assert_eq!(checkout.stage(), Some(Stage::Paid));
    }

    #[test]
    fn a_bad_network_never_takes_the_address_away() {
        let mut checkout = opened(pending());
        for event in [Event::Lost, Event::NotFound] {
            checkout.handle(event, after(10));
            assert!(followed(&checkout).lost);
            assert_eq!(checkout.stage(), Some(Stage::Waiting));
            assert_eq!(checkout.interest(), Interest::Close);
        }
        answer(&mut checkout, later(20, |_| {}), after(20));
        assert!(!followed(&checkout).lost);
    }

    #[test]
    fn changed_terms_stop_the_page_for_good() {
        let changes: [fn(&mut Payment); 3] = [
            |payment| payment.address = "TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK".parse().unwrap(),
            |payment| payment.pay_amount = "50.0135".parse().unwrap(),
            |payment| payment.payment_id = 1_234_567_890_124.try_into().unwrap(),
        ];
        for change in changes {
            let mut checkout = opened(pending());
            answer(&mut checkout, later(1, change), after(1));
            assert_eq!(checkout.stage(), Some(Stage::Changed));
            assert_eq!(checkout.interest(), Interest::Over);
            answer(&mut checkout, later(2, |_| {}), after(2));
            assert_eq!(
                checkout.stage(),
                Some(Stage::Changed),
                "back again is no better"
            );
        }
    }

    #[test]
    fn a_page_without_a_payment_learns_of_one_or_of_none() {
        let mut checkout = Checkout::loading();
        assert_eq!(checkout.interest(), Interest::Close);
        checkout.handle(Event::Lost, after(1));
        assert!(matches!(checkout.shown, Shown::Unavailable));
        answer(&mut checkout, pending(), after(2));
        assert_eq!(checkout.stage(), Some(Stage::Waiting));

        let mut checkout = Checkout::loading();
        checkout.handle(Event::NotFound, after(1));
        assert!(matches!(checkout.shown, Shown::Unknown));
        assert_eq!(checkout.interest(), Interest::Over);
    }

    #[test]
    fn the_page_leaves_five_seconds_after_payment_unless_told_to_stay() {
        let mut checkout = opened(pending());
        answer(&mut checkout, later(60, paid), after(60));
        assert!(checkout.is_counting());
        checkout.handle(Event::Touched, after(61));
        checkout.handle(Event::Ticked, after(64));
        assert_eq!(checkout.due(), None);
        let mut staying = checkout.clone();
        checkout.handle(Event::Ticked, after(65));
        assert_eq!(checkout.due(), pending().success_url);
        checkout.handle(Event::Left, after(65));
        assert_eq!(
            checkout.due(),
            None,
            "whoever comes back is not taken away again"
        );

        staying.handle(Event::Stay, after(64));
        staying.handle(Event::Ticked, after(70));
        assert_eq!(staying.due(), None);
        assert!(!staying.is_counting());
    }

    #[test]
    fn the_way_back_after_expiry_is_slow_and_ends_with_any_touch() {
        let mut checkout = opened(pending());
        answer(
            &mut checkout,
            later(900, |p| p.status = PaymentStatus::Expired),
            after(900),
        );
        let mut touched = checkout.clone();
        checkout.handle(Event::Ticked, after(914));
        assert_eq!(checkout.due(), None);
        checkout.handle(Event::Ticked, after(915));
        assert_eq!(checkout.due(), pending().fail_url);

        touched.handle(Event::Touched, after(901));
        touched.handle(Event::Ticked, after(1_000));
        assert_eq!(touched.due(), None);
    }

    #[test]
    fn the_count_starts_anew_when_the_page_comes_into_sight() {
        let mut checkout = opened(pending());
        answer(&mut checkout, later(60, paid), after(60));
        checkout.handle(Event::SeenAgain, after(600));
        assert_eq!(checkout.due(), None);
        assert_eq!(
            followed(&checkout).departure.seconds_left(after(600)),
            Some(5)
        );
    }

    #[test]
    fn an_opened_page_leaves_only_for_a_fresh_success() {
        let paid_ago = |seconds: i64| {
            with(|payment| {
                paid(payment);
                payment.paid_at = Some(payment.server_time.plus_seconds(-seconds));
            })
        };
        assert!(opened(paid_ago(899)).is_counting());
        assert!(!opened(paid_ago(900)).is_counting());
        assert!(!opened(paid_ago(0)).staying().is_counting());
        for status in [PaymentStatus::Expired, PaymentStatus::Failed] {
            assert!(!opened(with(|payment| payment.status = status)).is_counting());
        }
        let mut loaded = Checkout::loading().staying();
        answer(&mut loaded, paid_ago(0), START);
        assert!(!loaded.is_counting());
    }

    #[test]
    fn without_a_url_nobody_leaves() {
        let mut checkout = opened(with(|payment| payment.success_url = None));
        let no_url = later(1, |payment| {
            paid(payment);
            payment.success_url = None;
        });
        answer(&mut checkout, no_url, after(1));
        assert!(!checkout.is_counting());
    }

    #[test]
    fn a_wallet_pays_only_what_waits() {
        let wanted = |checkout: &mut Checkout, at: Moment| {
            checkout.handle(Event::Wallet(WalletEvent::Wanted), at);
            checkout.paying.step
        };
        let mut checkout = opened(pending());
        assert_eq!(wanted(&mut checkout, START), Step::Asking);
        let mut too_late = checkout.clone();
        too_late.handle(Event::Ticked, after(900));
        assert_eq!(too_late.paying.step, Step::Offered(None));
        assert_eq!(wanted(&mut too_late, after(901)), Step::Offered(None));
        assert!(too_late.payable().is_none());

        let changed = later(1, |payment| {
            payment.address = "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC".parse().unwrap();
        });
        answer(&mut checkout, changed, after(1));
        assert_eq!(checkout.paying.step, Step::Offered(None));
        assert!(checkout.payable().is_none());
        assert_eq!(
            wanted(&mut Checkout::loading(), START),
            Step::Offered(None),
            "of an unknown payment"
        );
    }

    #[test]
    fn what_another_page_posted_counts_until_all_of_the_chain_is_read_or_it_is_paid() {
        let behind = |at, seconds| later(at, |payment| payment.chain_delay = seconds);
        let posted = || {
            let mut checkout = Checkout::loading();
            let at = pending().server_time;
            checkout.handle(Event::Wallet(WalletEvent::PostedBefore(at)), START);
            answer(&mut checkout, behind(0, 120), START);
            checkout
        };
        let mut checkout = posted();
        checkout.handle(Event::Ticked, after(300));
        assert!(checkout.is_wallet_unsure(), "it may be in a block unread");
        answer(&mut checkout, behind(300, 0), after(300));
        assert!(!checkout.is_wallet_unsure());

        let mut checkout = posted();
        answer(&mut checkout, later(1, paid), after(1));
        assert_eq!(checkout.paying.posted(), None);
    }

    #[test]
    fn what_is_copied_is_what_is_shown() {
        let checkout = opened(with(paid));
        assert_eq!(checkout.copyable(Field::Amount).as_deref(), Some("50.0134"));
        let address = checkout.copyable(Field::Address);
        assert_eq!(
            address.as_deref(),
            Some("TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH")
        );
        assert_eq!(checkout.copyable(Field::Txid).as_deref(), Some(TXID));
        let long = opened(with(|payment| {
            payment.pay_amount = "50.013407".parse().unwrap();
        }));
        assert_eq!(long.copyable(Field::Amount).as_deref(), Some("50.013407"));
    }
}
