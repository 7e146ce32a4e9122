//! Payments as they were last read, for as long as they are known not to have changed.
//!
//! What follows the database drops what has changed. Between a commit of this process and the next look,
//! and while no look succeeds, nothing is known.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use usdt_protocol::PaymentId;

use crate::changes::News;
use crate::commits::Commits;
use crate::payments::public_answer::PublicAnswer;
use crate::payments::{Circumstances, Payment};

/// Above this many, all are forgotten: a few MiB.
const MOST: usize = 8_192;

/// What was seen by a look so long ago may have changed since.
const LONGEST_BLINDNESS: Duration = Duration::from_secs(2);

/// A payment, and what the database knows of its circumstances.
#[derive(Debug)]
pub struct Shown {
    pub payment: Payment,
    pub circumstances: Circumstances,
    /// Written when it is asked for first; `None` in it where it is better written anew each time.
    pub answer: OnceLock<Option<PublicAnswer>>,
}

impl Shown {
    pub const fn new(payment: Payment, circumstances: Circumstances) -> Self {
        Self {
            payment,
            circumstances,
            answer: OnceLock::new(),
        }
    }
}

/// When a look at the database began.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    at: Instant,
    changing: u64,
}

/// When a payment was begun to be read.
#[derive(Clone, Copy, Debug)]
pub struct Reading(u64);

/// Shared by what follows the database and what answers.
#[derive(Debug)]
pub struct Known {
    commits: Commits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    payments: HashMap<PaymentId, Arc<Shown>>,
    /// The last look that succeeded.
    last: Option<Look>,
    /// How many looks have found changes.
    drops: u64,
}

impl Known {
    pub fn new(commits: Commits) -> Self {
        Self {
            commits,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn get(&self, id: PaymentId) -> Option<Arc<Shown>> {
        let state = self.state();
        let last = state.last?;
        let is_sure =
            last.changing == self.commits.changing() && last.at.elapsed() <= LONGEST_BLINDNESS;
        state.payments.get(&id).filter(|_| is_sure).cloned()
    }

    /// To be called before a payment is read.
    pub fn begin_reading(&self) -> Reading {
        Reading(self.state().drops)
    }

    /// Keeps what was read, unless something has changed meanwhile.
    pub fn keep(&self, Reading(drops): Reading, shown: &Arc<Shown>) {
        let mut state = self.state();
        if state.drops != drops {
            return;
        }
        if state.payments.len() >= MOST {
            state.payments.clear();
        }
        state.payments.insert(shown.payment.id, Arc::clone(shown));
    }

    /// To be called before the database is looked at for changes.
    pub fn begin_look(&self) -> Look {
        Look {
            at: Instant::now(),
            changing: self.commits.changing(),
        }
    }

    /// Drops what a look has found changed.
    pub fn renew(&self, look: Look, news: &News) {
        let mut state = self.state();
        if news.all {
            state.payments.clear();
        }
        for id in &news.changed {
            state.payments.remove(id);
        }
        if news.all || !news.changed.is_empty() {
            state.drops += 1;
        }
        state.last = Some(look);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payments::sample;

    fn shown(number: u64) -> Arc<Shown> {
        let payment = sample::payment(number, "50", "50.0001", 0);
        Arc::new(Shown::new(payment, Circumstances::default()))
    }

    fn changed(id: PaymentId) -> News {
        News {
            changed: [id].into(),
            ..News::default()
        }
    }

    fn looks(known: &Known, news: &News) {
        known.renew(known.begin_look(), news);
    }

    #[tokio::test(start_paused = true)]
    async fn a_payment_is_known_while_looks_find_no_change_of_it() {
        let known = Known::new(Commits::default());
        let shown = shown(1);
        let id = shown.payment.id;
        known.keep(known.begin_reading(), &shown);
        assert!(known.get(id).is_none(), "before the first look");
        looks(&known, &News::default());
        assert!(known.get(id).is_some());
        let other = PaymentId::try_from(u64::from(id) + 1).unwrap();
        looks(&known, &changed(other));
        assert!(known.get(id).is_some());

        tokio::time::advance(LONGEST_BLINDNESS).await;
        assert!(known.get(id).is_some());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(known.get(id).is_none(), "no look for too long");
        looks(&known, &News::default());
        assert!(known.get(id).is_some());

        looks(&known, &changed(id));
        assert!(known.get(id).is_none());
        known.keep(known.begin_reading(), &shown);
        let all = News {
            all: true,
            ..News::default()
        };
        looks(&known, &all);
        assert!(known.get(id).is_none());
    }

    #[tokio::test]
    async fn nothing_is_known_between_a_commit_of_this_process_and_the_look_after_it() {
        let commits = Commits::default();
        let known = Known::new(commits.clone());
        let shown = shown(1);
        let id = shown.payment.id;
        looks(&known, &News::default());
        known.keep(known.begin_reading(), &shown);
        let under_way = known.begin_look();
        commits.ended(true);
        assert!(known.get(id).is_none());
        known.renew(under_way, &News::default());
        assert!(known.get(id).is_none(), "it may not have seen the commit");
        looks(&known, &News::default());
        assert!(known.get(id).is_some());
        commits.ended(false);
        assert!(known.get(id).is_some());
    }

    #[tokio::test]
    async fn what_was_read_before_a_change_is_not_kept_after_it() {
        let known = Known::new(Commits::default());
        let shown = shown(1);
        let reading = known.begin_reading();
        looks(&known, &changed(shown.payment.id));
        known.keep(reading, &shown);
        assert!(known.get(shown.payment.id).is_none());
    }

    #[tokio::test]
    async fn no_more_payments_are_held_than_a_few_thousand() {
        let known = Known::new(Commits::default());
        looks(&known, &News::default());
        for number in 0..=MOST as u64 {
            let shown = shown(number);
            known.keep(known.begin_reading(), &shown);
            assert!(known.get(shown.payment.id).is_some());
            assert!(known.state().payments.len() <= MOST);
        }
    }
}
