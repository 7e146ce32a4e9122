//! Every state of the page, as it looks at one moment of a payment that never was: for looking at
//! them side by side, and for tests of what is seen.

use usdt_protocol::{
    Claim, ClaimResult, Payment, PaymentStatus, Price, TronAddress, Unmatched, Usdt,
};

use crate::core::checkout::{Checkout, Event, Field};
use crate::core::claiming::Claiming;
use crate::core::clock::Moment;
use crate::core::paying::WalletEvent;
use crate::core::presentation::Merchant;
use crate::core::sample;

/// Somebody else's, for comparison.
const STRANGER: TronAddress = TronAddress::from_bytes([0x5a; 20]);

const DAY: i64 = 24 * 60 * 60;

/// One state of the page, and what belongs to it.
#[derive(Clone, Debug)]
pub struct State {
    /// Lower case, with hyphens.
    pub name: &'static str,
    pub checkout: Checkout,
    pub merchant: Merchant,
    /// On a chain without real money.
    pub is_test: bool,
    /// The ID of the help that is open in it.
    pub open: Option<&'static str>,
}

impl State {
    fn new(name: &'static str, checkout: Checkout) -> Self {
        Self {
            name,
            checkout,
            merchant: Merchant::default(),
            is_test: false,
            open: None,
        }
    }

    fn with_open(self, id: &'static str) -> Self {
        Self {
            open: Some(id),
            ..self
        }
    }
}

/// What the payment costs in another currency.
fn price() -> Option<Price> {
    Some(Price {
        amount: "45.4".parse().ok()?,
        currency: "EUR".parse().ok()?,
        rate: "1.0850".to_owned().try_into().ok()?,
        margin_percent: "1.50".to_owned().try_into().ok()?,
        rated_at: "2026-07-01 18:00:00".parse().ok()?,
    })
}

/// All states, in the order in which a payer may meet them.
pub fn all() -> Vec<State> {
    let Some(payment) = sample::payment() else {
        return Vec::new();
    };
    let of = Sample(payment);
    [
        of.waiting(),
        of.exceptions(),
        of.copying(),
        of.wallet(),
        of.help(),
        of.claims(),
        of.arriving(),
        of.paid(),
        of.ended(),
        without_payment(),
        of.surroundings(),
    ]
    .concat()
}

/// What all states are made of.
struct Sample(Payment);

impl Sample {
    fn with(&self, change: impl FnOnce(&mut Payment)) -> Payment {
        let mut payment = self.0.clone();
        change(&mut payment);
        payment
    }

    fn opened(&self) -> Checkout {
        opened(self.0.clone())
    }

    fn opened_with(&self, change: impl FnOnce(&mut Payment)) -> Checkout {
        opened(self.with(change))
    }

    /// A waiting page on which something happened.
    fn after(&self, event: Event) -> Checkout {
        let mut checkout = self.opened();
        checkout.handle(event, Moment::ORIGIN);
        checkout
    }

    fn waiting(&self) -> Vec<State> {
        let hours = self.opened_with(|payment| {
            payment.expires_in = 9_000;
            payment.expires_at = payment.server_time.plus_seconds(9_000);
        });
        let decimals =
            self.opened_with(|payment| payment.pay_amount = Usdt::from_micro(50_013_427));
        let priced = self.opened_with(|payment| payment.price = price());
        let at = |seconds| self.opened().at(Moment::ORIGIN.plus_seconds(seconds));
        vec![
            State::new("waiting", self.opened()),
            State::new("waiting-hours", hours),
            State::new("six-decimals", decimals),
            State::new("priced", priced),
            State::new("last-minute", at(875)),
            State::new("checking", at(900)),
        ]
    }

    /// While nothing is wrong with the payment.
    fn exceptions(&self) -> Vec<State> {
        let delayed = self.opened_with(|payment| payment.chain_delay = 300);
        let other = self.with(|payment| payment.address = STRANGER);
        vec![
            State::new("offline", self.after(Event::Lost)),
            State::new("delayed", delayed),
            State::new("changed", self.after(Event::Answered(Box::new(other)))),
        ]
    }

    fn copying(&self) -> Vec<State> {
        let after = |event| self.after(event);
        vec![
            State::new("copied-amount", after(Event::Copied(Field::Amount))),
            State::new("copied-address", after(Event::Copied(Field::Address))),
            State::new("select-by-hand", after(Event::NotCopied(Field::Address))),
        ]
    }

    /// With a wallet in the browser.
    fn wallet(&self) -> Vec<State> {
        let after = |events: &[WalletEvent]| {
            let found = WalletEvent::Found("TronLink".to_owned());
            let mut checkout = self.after(Event::Wallet(found));
            for event in events {
                checkout.handle(Event::Wallet(event.clone()), Moment::ORIGIN);
            }
            checkout
        };
        let (wanted, named) = (WalletEvent::Wanted, WalletEvent::Named(STRANGER));
        let (confirmed, posted) = (WalletEvent::Confirmed, WalletEvent::Posted);
        let sending = |then: WalletEvent| {
            after(&[
                wanted.clone(),
                named.clone(),
                confirmed.clone(),
                posted.clone(),
                then,
            ])
        };
        let confirming = after(&[wanted.clone(), named.clone()]);
        let declined = after(&[wanted.clone(), WalletEvent::Declined]);
        vec![
            State::new("wallet", after(&[])),
            State::new("wallet-asking", after(std::slice::from_ref(&wanted))),
            State::new("wallet-confirming", confirming),
            State::new("wallet-declined", declined),
            State::new("wallet-refused", sending(WalletEvent::Refused)),
            State::new("wallet-sent", sending(WalletEvent::Taken)),
            State::new("wallet-unsure", sending(WalletEvent::Lost)),
        ]
    }

    fn help(&self) -> Vec<State> {
        let address = self.0.address.to_string();
        let part = address.chars().take(12).collect();
        let pasted = |text| self.after(Event::Pasted(text));
        let fee = self.after(Event::FeeTyped("1".to_owned()));
        let different = STRANGER.to_string();
        vec![
            State::new("wallet-apps", self.opened()).with_open("wallets"),
            State::new("exchange", fee).with_open("exchange"),
            State::new("check-same", pasted(address)).with_open("check"),
            State::new("check-different", pasted(different)).with_open("check"),
            State::new("check-part", pasted(part)).with_open("check"),
            State::new("phone", self.after(Event::PhoneWanted)).with_open("phone"),
            State::new("facts", self.opened()).with_open("facts"),
        ]
    }

    fn claims(&self) -> Vec<State> {
        let claimed = |name, result, confirmations: Option<u8>| {
            let claim = Claim {
                result,
                message: String::new(),
                confirmations,
                required_confirmations: confirmations.map(|_| self.0.required_confirmations),
                received_amount: Some(self.0.pay_amount),
            };
            let mut checkout = self.after(Event::Claim(Claiming::Answered(claim)));
            sample::TXID.clone_into(&mut checkout.entered.claimed);
            State::new(name, checkout).with_open("claim")
        };
        vec![
            claimed("claim-confirming", ClaimResult::Confirming, Some(7)),
            claimed("claim-not-found", ClaimResult::NotFound, None),
            claimed("claim-under-review", ClaimResult::UnderReview, None),
        ]
    }

    fn arriving(&self) -> Vec<State> {
        let seen = |confirmations| {
            self.opened_with(|payment| {
                payment.txid = sample::TXID.parse().ok();
                payment.confirmations = confirmations;
            })
        };
        let unmatched = |amount| {
            self.opened_with(|payment| {
                let txid = sample::TXID.parse().ok();
                payment.unmatched = txid.map(|txid| Unmatched { amount, txid });
            })
        };
        let arriving = |amount| {
            self.opened_with(|payment| {
                let txid = sample::TXID.parse().ok();
                payment.arriving = txid.map(|txid| Unmatched { amount, txid });
            })
        };
        vec![
            State::new("seen-0", seen(0)),
            State::new("seen-7", seen(7)),
            State::new("arriving-short", arriving(Usdt::from_micro(25_000_000))),
            State::new("arriving-over", arriving(Usdt::from_micro(55_000_000))),
            State::new("short", unmatched(Usdt::from_micro(49_013_400))),
            State::new("over", unmatched(Usdt::from_micro(55_000_000))),
            State::new("review", unmatched(self.0.pay_amount)),
        ]
    }

    fn paid(&self) -> Vec<State> {
        let paid = |change: fn(&mut Payment)| {
            self.opened_with(|payment| {
                payment.status = PaymentStatus::Paid;
                payment.txid = sample::TXID.parse().ok();
                payment.confirmations = payment.required_confirmations;
                payment.paid_at = Some(payment.server_time);
                change(payment);
            })
        };
        let late = paid(|payment| payment.late = true);
        let old = paid(|payment| payment.server_time = payment.server_time.plus_seconds(DAY));
        vec![
            State::new("leaving", paid(|_| ())),
            State::new("paid", paid(|_| ()).staying()),
            State::new("paid-late", late.staying()),
            State::new("paid-receipt", old),
        ]
    }

    fn ended(&self) -> Vec<State> {
        let ended = |status| {
            self.opened_with(|payment| {
                payment.status = status;
                payment.expires_in = 0;
                payment.server_time = payment.expires_at.plus_seconds(60);
            })
        };
        vec![
            State::new("expired", ended(PaymentStatus::Expired)),
            State::new("failed", ended(PaymentStatus::Failed)),
        ]
    }

    /// What a waiting page says of the merchant and the chain.
    fn surroundings(&self) -> Vec<State> {
        let described = self.opened_with(|payment| {
            payment.description = Some("Kind of Blue, 180 g vinyl, and two tickets".to_owned());
        });
        let merchant = Merchant {
            name: Some("Blue Bottle Records".to_owned()),
            logo: None,
            support: "https://shop.example/help".parse().ok(),
        };
        vec![
            State {
                merchant,
                ..State::new("branded", described)
            },
            State {
                is_test: true,
                ..State::new("test-mode", self.opened())
            },
        ]
    }
}

fn opened(payment: Payment) -> Checkout {
    Checkout::opened(payment, Moment::ORIGIN)
}

fn without_payment() -> Vec<State> {
    vec![
        State::new("unknown", Checkout::unknown()),
        State::new("unavailable", Checkout::unavailable()),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::core::checkout::Stage;

    #[test]
    fn every_stage_is_shown_and_every_name_is_a_path() {
        let all = all();
        let names: BTreeSet<_> = all.iter().map(|state| state.name).collect();
        assert_eq!(names.len(), all.len());
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(names.iter().all(|name| name.chars().all(is_plain)));
        let stages: Vec<Stage> = all
            .iter()
            .filter_map(|state| state.checkout.stage())
            .collect();
        let required = 19;
        for stage in [
            Stage::Waiting,
            Stage::Checking,
            Stage::Seen {
                confirmations: 0,
                required,
            },
            Stage::Short,
            Stage::Over,
            Stage::Review,
            Stage::Paid,
            Stage::Expired,
            Stage::Failed,
            Stage::Changed,
        ] {
            assert!(stages.contains(&stage), "{stage:?}");
        }
    }
}
