//! The state of the page: what is known of the payment, and how every event changes it.
//!
//! The server alone decides what a payment is. This machine never declares one paid or expired:
//! where its clock runs out, it says that it is checking.

use usdt_protocol::{Payment, PaymentStatus, RedirectUrl};

use crate::clock::{Moment, ServerClock};
use crate::departure::Departure;
use crate::qr::{self, QrPath};

/// Everything that a view may show.
#[derive(Clone, Debug)]
pub struct Checkout {
    pub(crate) shown: Shown,
    pub(crate) copied: Option<Copied>,
    pub(crate) now: Moment,
    stay: bool,
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
    pub qr: Option<QrPath>,
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
    Paid,
    Expired,
    Failed,
    /// Address or amount are not what they were: nobody must pay this.
    Changed,
}

/// Something that can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Amount,
    Address,
    Txid,
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
        Self { now: at, ..Self::showing(Shown::Payment(Box::new(followed))) }
    }

    const fn showing(shown: Shown) -> Self {
        Self { shown, copied: None, now: Moment::ORIGIN, stay: false }
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
            Event::SeenAgain => self.depart(|departure| departure.seen_again(now)),
            Event::Touched => self.depart(Departure::touched),
            Event::Stay | Event::Left => self.depart(|_| Departure::Stayed),
            Event::Copied(field) => self.copied = Some(Copied { field, done: true }),
            Event::NotCopied(field) => self.copied = Some(Copied { field, done: false }),
            Event::CopyRead => self.copied = None,
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

    pub fn stage(&self) -> Option<Stage> {
        self.followed().map(|followed| followed.stage(self.now))
    }

    pub fn interest(&self) -> Interest {
        match self.shown {
            Shown::Loading | Shown::Unavailable => Interest::Close,
            Shown::Unknown => Interest::Over,
            Shown::Payment(ref followed) => match followed.stage(self.now) {
                Stage::Waiting | Stage::Checking | Stage::Seen { .. } => Interest::Close,
                Stage::Expired => Interest::Faint,
                Stage::Paid | Stage::Failed | Stage::Changed => Interest::Over,
            },
        }
    }

    /// The version of the payment that is shown.
    pub fn version(&self) -> Option<u64> {
        self.followed().map(|followed| followed.payment.version)
    }

    /// Whether something visible changes with each second.
    pub fn is_counting(&self) -> bool {
        self.followed().is_some_and(|followed| {
            followed.stage(self.now) == Stage::Waiting
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
        let payment = &self.followed()?.payment;
        match field {
            Field::Amount => Some(payment.pay_amount.to_string()),
            Field::Address => Some(payment.address.to_string()),
            Field::Txid => payment.txid.map(|txid| txid.to_string()),
        }
    }
}

impl Followed {
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
            PaymentStatus::Expired => Stage::Expired,
            PaymentStatus::Pending if self.seconds_left(now) == 0 => Stage::Checking,
            PaymentStatus::Pending => Stage::Waiting,
        }
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
        self.clock = ServerClock::set(answer.server_time, now);
        if answer.status != shown.status {
            self.departure = Departure::on_change(&answer, now);
        }
        self.payment = answer;
    }
}
