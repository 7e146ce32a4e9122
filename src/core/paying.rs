//! Paying from a wallet in the browser: how far the payer is, and what may come next.
//!
//! A signed transaction may be on its way from the moment it leaves the page. From then on nobody
//! is asked to sign another one until it is known that the first one moves no money.

use usdt_protocol::{TronAddress, UtcTime};

/// For so long after a signed transaction has left a page, other pages take it for on its way:
/// three times as long as the transaction is valid.
const UNSURE_SECONDS: i64 = 180;

/// What the page knows of wallets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paying {
    /// The name of the wallet in the browser.
    pub wallet: Option<String>,
    pub step: Step,
    /// When this page or another one let a signed transaction go, by the server's clock, as long
    /// as that can be on its way unseen.
    posted: Option<UtcTime>,
}

/// How far the payer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The payer can begin, again after what came of the last try.
    Offered(Option<Setback>),
    /// The wallet is asked for its account.
    Asking,
    /// The payer sees what will be sent from this account.
    Confirming(TronAddress),
    /// The wallet is asked to sign.
    Signing,
    /// The signed transaction is on its way to the network.
    Sending,
    /// The network has it.
    Sent,
    /// Nobody knows whether the network has it.
    Unsure,
}

impl Default for Step {
    fn default() -> Self {
        Self::Offered(None)
    }
}

/// Why a try ended without any money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setback {
    /// The wallet, the payer or the page did not agree, or the gateway would not take it.
    Declined,
    /// It cannot be paid like that.
    Refused,
    /// The gateway cannot be asked at the moment.
    NoAnswer,
}

/// What happens between page, wallet and gateway.
#[derive(Clone, Debug)]
pub enum WalletEvent {
    /// There is a wallet of this name.
    Found(String),
    /// Another page let a signed transaction go at this time.
    PostedBefore(UtcTime),
    /// The payer wants to pay from the wallet.
    Wanted,
    /// The wallet has named the payer's account.
    Named(TronAddress),
    /// The payer has confirmed what will be sent.
    Confirmed,
    /// The payer does not want to.
    Cancelled,
    /// The wallet did not do what it was asked for, or is not asked: the page does not trust what
    /// it would sign.
    Declined,
    /// The gateway or the network does not want the transaction.
    Refused,
    /// The gateway could not be asked, and has not got a signed transaction.
    NoAnswer,
    /// The signed transaction leaves the page.
    Posted,
    /// The network has taken it.
    Taken,
    /// No answer says what became of it.
    Lost,
}

impl Paying {
    /// Takes what happens, if it can happen now: a wallet's late answer changes nothing.
    /// `now` is the server's time.
    pub fn take(&mut self, event: WalletEvent, now: UtcTime) {
        let step = self.step;
        self.step = match (step, event) {
            (_, WalletEvent::Found(name)) => {
                self.wallet = Some(name);
                step
            }
            (_, WalletEvent::PostedBefore(at)) => {
                self.posted = Some(at);
                step
            }
            (Step::Offered(_), WalletEvent::Wanted) if !self.is_unsure() => Step::Asking,
            (Step::Asking, WalletEvent::Named(account)) => Step::Confirming(account),
            (Step::Confirming(_), WalletEvent::Confirmed) => Step::Signing,
            (Step::Signing, WalletEvent::Posted) => {
                self.posted = Some(now);
                Step::Sending
            }
            (Step::Sending, WalletEvent::Taken) => Step::Sent,
            (Step::Sending, WalletEvent::Lost) => Step::Unsure,
            (Step::Asking | Step::Confirming(_) | Step::Signing, WalletEvent::Cancelled) => {
                Step::Offered(None)
            }
            (Step::Asking | Step::Confirming(_) | Step::Signing, WalletEvent::Declined) => {
                Step::Offered(Some(Setback::Declined))
            }
            (Step::Signing, WalletEvent::NoAnswer) => Step::Offered(Some(Setback::NoAnswer)),
            (Step::Signing, WalletEvent::Refused) => Step::Offered(Some(Setback::Refused)),
            (Step::Sending, WalletEvent::NoAnswer) => {
                self.posted = None;
                Step::Offered(Some(Setback::Declined))
            }
            // What the network has taken can still fail there, and then moves nothing.
            (Step::Sending | Step::Sent, WalletEvent::Refused) => {
                self.posted = None;
                Step::Offered(Some(Setback::Refused))
            }
            _ => step,
        };
    }

    /// The payment is not to be paid any more: whatever has not left the page ends.
    pub fn withdraw(&mut self) {
        if self.can_be_cancelled() {
            self.step = Step::default();
        }
    }

    /// Whether nothing signed has left the page in the try that is under way.
    pub fn can_be_cancelled(&self) -> bool {
        matches!(
            self.step,
            Step::Asking | Step::Confirming(_) | Step::Signing
        )
    }

    /// What was posted shows by now, or never will.
    pub fn forget_posted(&mut self) {
        self.posted = None;
    }

    /// The same where time tells: the gateway sees all of the chain, and still not the transfer.
    pub fn forget_posted_long_ago(&mut self, now: UtcTime) {
        // A time to come is a clock that was ahead, or nonsense that hurts nobody but the button.
        self.posted = self
            .posted
            .filter(|at| now < at.plus_seconds(UNSURE_SECONDS));
    }

    /// When a signed transaction was let go that can be on its way unseen.
    #[cfg(any(feature = "csr", test))]
    pub fn posted(&self) -> Option<UtcTime> {
        self.posted
    }

    /// Whether a transaction may be on its way of which nothing is known.
    pub fn is_unsure(&self) -> bool {
        self.step == Step::Unsure || matches!(self.step, Step::Offered(_)) && self.posted.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcTime = UtcTime::EPOCH;
    const ACCOUNT: &str = "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC";

    fn account() -> TronAddress {
        ACCOUNT.parse().unwrap()
    }

    fn after(events: impl IntoIterator<Item = WalletEvent>) -> Paying {
        let mut paying = Paying::default();
        for event in events {
            paying.take(event, NOW);
        }
        paying
    }

    fn until_signing() -> [WalletEvent; 3] {
        [
            WalletEvent::Wanted,
            WalletEvent::Named(account()),
            WalletEvent::Confirmed,
        ]
    }

    fn posted() -> Paying {
        after(until_signing().into_iter().chain([WalletEvent::Posted]))
    }

    #[test]
    fn a_payer_goes_from_the_button_to_a_sent_transaction() {
        let mut paying = Paying::default();
        for (event, step) in [
            (WalletEvent::Wanted, Step::Asking),
            (WalletEvent::Named(account()), Step::Confirming(account())),
            (WalletEvent::Confirmed, Step::Signing),
            (WalletEvent::Posted, Step::Sending),
            (WalletEvent::Taken, Step::Sent),
        ] {
            paying.take(event, NOW);
            assert_eq!(paying.step, step);
        }
    }

    #[test]
    fn nothing_is_signed_that_was_not_confirmed_after_the_account_was_shown() {
        let late = [
            WalletEvent::Confirmed,
            WalletEvent::Named(account()),
            WalletEvent::Posted,
            WalletEvent::Taken,
        ];
        assert_eq!(after(late.clone()).step, Step::Offered(None));
        let cancelled = [WalletEvent::Wanted, WalletEvent::Cancelled];
        let paying = after(cancelled.into_iter().chain(late));
        assert_eq!(paying.step, Step::Offered(None));
    }

    #[test]
    fn before_anything_is_posted_every_end_leads_back_to_the_button() {
        for (event, setback) in [
            (WalletEvent::Cancelled, None),
            (WalletEvent::Declined, Some(Setback::Declined)),
            (WalletEvent::Refused, Some(Setback::Refused)),
            (WalletEvent::NoAnswer, Some(Setback::NoAnswer)),
        ] {
            let mut paying = after(until_signing().into_iter().chain([event]));
            assert_eq!(paying.step, Step::Offered(setback));
            paying.take(WalletEvent::Wanted, NOW);
            assert_eq!(paying.step, Step::Asking);
        }
    }

    #[test]
    fn after_it_was_posted_only_a_refusal_leads_back_to_the_button() {
        for event in [WalletEvent::Cancelled, WalletEvent::Declined] {
            let mut paying = posted();
            paying.take(event, NOW);
            paying.withdraw();
            assert_eq!(paying.step, Step::Sending);
        }
        for (event, setback) in [
            (WalletEvent::Refused, Setback::Refused),
            // Not "cannot be asked": the payer has signed, and hears that nothing was sent.
            (WalletEvent::NoAnswer, Setback::Declined),
        ] {
            let mut paying = posted();
            assert_eq!(paying.posted(), Some(NOW));
            paying.take(event, NOW);
            assert_eq!(paying.step, Step::Offered(Some(setback)));
            assert_eq!(paying.posted(), None);
        }
        let mut paying = posted();
        paying.take(WalletEvent::Taken, NOW);
        paying.take(WalletEvent::Refused, NOW);
        assert_eq!(
            paying.step,
            Step::Offered(Some(Setback::Refused)),
            "it failed in its block"
        );
    }

    #[test]
    fn after_an_unknown_end_this_page_offers_no_other_signature() {
        let mut paying = posted();
        paying.take(WalletEvent::Lost, NOW);
        for event in until_signing().into_iter().chain([
            WalletEvent::Cancelled,
            WalletEvent::Declined,
            WalletEvent::Refused,
            WalletEvent::NoAnswer,
            WalletEvent::Taken,
        ]) {
            paying.take(event, NOW.plus_seconds(100_000));
            assert_eq!(paying.step, Step::Unsure);
        }
        paying.forget_posted_long_ago(NOW.plus_seconds(100_000));
        assert!(paying.is_unsure());
    }

    #[test]
    fn a_page_opened_anew_waits_for_three_minutes() {
        let mut paying = after([WalletEvent::PostedBefore(NOW)]);
        for seconds in [-1, 0, 179] {
            let now = NOW.plus_seconds(seconds);
            paying.forget_posted_long_ago(now);
            assert!(paying.is_unsure());
            paying.take(WalletEvent::Wanted, now);
            assert_eq!(paying.step, Step::Offered(None));
        }
        paying.forget_posted_long_ago(NOW.plus_seconds(180));
        assert!(!paying.is_unsure());
        paying.take(WalletEvent::Wanted, NOW.plus_seconds(180));
        assert_eq!(paying.step, Step::Asking);
    }

    #[test]
    fn a_payment_that_is_over_ends_what_has_not_left_the_page() {
        let mut paying = after(until_signing());
        paying.withdraw();
        assert_eq!(paying.step, Step::Offered(None));
    }
}
