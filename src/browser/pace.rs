//! How often the gateway is asked: soon enough to tell the payer at once, never so often that it
//! hurts.
//!
//! Rule: questions that the gateway holds until something changes, one after the other. While
//! nothing changes that makes at most three a minute, even if the gateway does not hold them.

use crate::core::checkout::Interest;

/// How long the gateway is asked to hold an answer.
pub(crate) const HOLD_SECONDS: u32 = 25;

const SECOND: u32 = 1_000;
/// Between the starts of two questions: after news, after none, and where none is expected.
const AFTER_NEWS: u32 = SECOND / 2;
const AFTER_NOTHING: u32 = 20 * SECOND;
const SLOW: u32 = 60 * SECOND;
const FIRST_RETRY: u32 = SECOND;
const LAST_RETRY: u32 = 30 * SECOND;
/// The same while the payer looks on and the gateway says nothing: it may be back at any moment.
const LAST_RETRY_IN_SIGHT: u32 = 2 * SECOND;
/// The most that a gateway can make the page wait.
const LONGEST_RETRY: u32 = 300 * SECOND;
/// So many held questions in a row may break before the page concludes that something on the way
/// does not carry them. A gateway that stands still and is started again breaks two.
const BROKEN_HOLDS: u8 = 3;
/// After so many answers without a hold, holding is tried once more.
const POLLS_UNTIL_HOLD: u8 = 9;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The answer may wait for a change.
    Hold,
    /// The answer is wanted at once.
    Now,
}

/// What is remembered of the questions so far.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    failures: u32,
    broken_holds: u8,
    polls: u8,
    settled: bool,
}

/// An answer that arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub ask: Ask,
    pub took: u32,
    pub is_news: bool,
    pub interest: Interest,
    pub is_visible: bool,
}

/// A question that failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed {
    pub ask: Ask,
    /// When the gateway wants to be asked again, in seconds. `None` if it said nothing at all.
    pub retry_after: Option<u32>,
    pub is_visible: bool,
}

impl Pace {
    pub fn ask(&self) -> Ask {
        if self.settled && self.broken_holds < BROKEN_HOLDS {
            Ask::Hold
        } else {
            Ask::Now
        }
    }

    /// Milliseconds to wait after an answer.
    pub fn answered(&mut self, answer: Answer) -> u32 {
        self.failures = 0;
        self.settled = true;
        if answer.ask == Ask::Hold {
            self.broken_holds = 0;
        } else if self.broken_holds >= BROKEN_HOLDS {
            self.polls += 1;
            if self.polls == POLLS_UNTIL_HOLD {
                self.polls = 0;
                self.broken_holds = BROKEN_HOLDS - 1;
            }
        }
        let spacing = if answer.is_news {
            AFTER_NEWS
        } else if answer.interest != Interest::Close || !answer.is_visible {
            SLOW
        } else if answer.ask == Ask::Now && self.ask() == Ask::Hold {
            0
        } else {
            AFTER_NOTHING
        };
        spacing.saturating_sub(answer.took)
    }

    /// Milliseconds to wait after a failure. `chance` is random in 0..=1000.
    pub fn failed(&mut self, failed: Failed, chance: u32) -> u32 {
        let longest = if failed.is_visible && failed.retry_after.is_none() {
            LAST_RETRY_IN_SIGHT
        } else {
            LAST_RETRY
        };
        let doubled = FIRST_RETRY
            .saturating_mul(1 << self.failures.min(16))
            .min(longest);
        self.failures = self.failures.saturating_add(1);
        self.settled = false;
        // Where other questions fail too, it is not the holding.
        self.broken_holds = match failed.ask {
            Ask::Hold => self.broken_holds.saturating_add(1),
            Ask::Now => 0,
        };
        let jittered = doubled / 2 + doubled * chance.min(1_000) / 2_000;
        let asked_for = failed
            .retry_after
            .unwrap_or(0)
            .saturating_mul(SECOND)
            .min(LONGEST_RETRY);
        jittered.max(asked_for)
    }

    /// Whether the payer should hear of the failures: a held question may well break on its way.
    pub fn is_lost(&self, ask: Ask) -> bool {
        ask == Ask::Now && self.failures > 0
    }

    /// The page woke up, maybe on another network: everything may be different now.
    pub fn woken(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Answer = Answer {
        ask: Ask::Hold,
        took: HOLD_SECONDS * SECOND,
        is_news: false,
        interest: Interest::Close,
        is_visible: true,
    };

    /// Questions in the first minute where every answer takes `took` and nothing changes.
    fn questions_a_minute(mut pace: Pace, took: impl Fn(Ask) -> u32, answer: Answer) -> u32 {
        let (mut time, mut count) = (0, 0);
        while time < 60 * SECOND {
            let ask = pace.ask();
            count += 1;
            time += took(ask);
            time += pace.answered(Answer {
                ask,
                took: took(ask),
                ..answer
            });
        }
        count
    }

    fn settled() -> Pace {
        Pace {
            settled: true,
            ..Pace::default()
        }
    }

    #[test]
    fn an_idle_page_asks_at_most_three_times_a_minute() {
        let hold = |ask| {
            if ask == Ask::Hold {
                HOLD_SECONDS * SECOND
            } else {
                50
            }
        };
        let never_hold = |_| 50;
        assert!(questions_a_minute(settled(), hold, QUIET) <= 3);
        assert!(questions_a_minute(settled(), never_hold, QUIET) <= 3);
        let broken = Pace {
            broken_holds: BROKEN_HOLDS,
            ..settled()
        };
        assert!(questions_a_minute(broken, never_hold, QUIET) <= 3);
    }

    #[test]
    fn an_answer_that_a_full_gateway_does_not_hold_is_followed_by_a_pause() {
        let mut pace = settled();
        let at_once = Answer { took: 50, ..QUIET };
        assert_eq!(pace.answered(at_once), AFTER_NOTHING - 50);
        assert_eq!(pace.ask(), Ask::Hold);
    }

    #[test]
    fn hidden_and_expired_pages_ask_once_a_minute() {
        let hold = |_| HOLD_SECONDS * SECOND;
        let hidden = Answer {
            is_visible: false,
            ..QUIET
        };
        let expired = Answer {
            interest: Interest::Faint,
            ..QUIET
        };
        assert_eq!(questions_a_minute(settled(), hold, hidden), 1);
        assert_eq!(questions_a_minute(settled(), hold, expired), 1);
    }

    #[test]
    fn the_first_question_wants_an_answer_at_once_and_the_next_follows_it() {
        let mut pace = Pace::default();
        assert_eq!(pace.ask(), Ask::Now);
        assert_eq!(
            pace.answered(Answer {
                ask: Ask::Now,
                took: 50,
                ..QUIET
            }),
            0
        );
        assert_eq!(pace.ask(), Ask::Hold);
    }

    #[test]
    fn news_is_followed_by_the_next_question_without_delay() {
        let mut pace = settled();
        assert_eq!(
            pace.answered(Answer {
                took: 3 * SECOND,
                is_news: true,
                ..QUIET
            }),
            0
        );
        let flood = Answer {
            took: 0,
            is_news: true,
            ..QUIET
        };
        assert_eq!(pace.answered(flood), AFTER_NEWS);
    }

    fn failed(ask: Ask) -> Failed {
        Failed {
            ask,
            retry_after: None,
            is_visible: true,
        }
    }

    const ANSWERED_NOW: Answer = Answer {
        ask: Ask::Now,
        took: 50,
        ..QUIET
    };

    #[test]
    fn failures_double_the_wait_up_to_half_a_minute_with_jitter() {
        let hidden = Failed {
            is_visible: false,
            ..failed(Ask::Now)
        };
        let refused = Failed {
            retry_after: Some(0),
            ..failed(Ask::Now)
        };
        for failed in [hidden, refused] {
            let mut pace = Pace::default();
            let waits: Vec<u32> = (0..7).map(|_| pace.failed(failed, 1_000)).collect();
            assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
            assert_eq!(pace.failed(failed, 0), 15_000);
            pace.answered(ANSWERED_NOW);
            assert_eq!(pace.failed(failed, 1_000), 1_000);
        }
    }

    #[test]
    fn a_page_in_sight_asks_a_gateway_that_is_away_every_other_second() {
        let mut pace = Pace::default();
        let waits: Vec<u32> = (0..40)
            .map(|_| pace.failed(failed(Ask::Now), 1_000))
            .collect();
        assert_eq!(waits.iter().max(), Some(&LAST_RETRY_IN_SIGHT));
        assert_eq!(pace.failed(failed(Ask::Now), 0), LAST_RETRY_IN_SIGHT / 2);
    }

    #[test]
    fn the_gateways_wish_to_be_left_alone_is_honoured_within_reason() {
        let mut pace = Pace::default();
        let mut wished = |seconds| {
            let failed = Failed {
                retry_after: Some(seconds),
                ..failed(Ask::Now)
            };
            pace.failed(failed, 0)
        };
        assert_eq!(wished(7), 7_000);
        assert_eq!(wished(u32::MAX), LONGEST_RETRY);
    }

    /// Breaks as many holds as show that they are not carried.
    fn without_holds() -> Pace {
        let mut pace = settled();
        for _ in 0..BROKEN_HOLDS {
            assert_eq!(pace.ask(), Ask::Hold);
            pace.failed(failed(Ask::Hold), 0);
            assert!(!pace.is_lost(Ask::Hold));
            assert_eq!(pace.ask(), Ask::Now);
            pace.answered(ANSWERED_NOW);
        }
        assert_eq!(pace.ask(), Ask::Now);
        pace
    }

    #[test]
    fn where_held_questions_break_the_page_polls_without_alarming_the_payer() {
        let mut pace = without_holds();
        pace.failed(failed(Ask::Now), 0);
        assert!(pace.is_lost(Ask::Now));
        pace.woken();
        pace.answered(ANSWERED_NOW);
        assert_eq!(pace.ask(), Ask::Hold);
    }

    #[test]
    fn a_page_that_polls_tries_to_hold_now_and_then() {
        let mut pace = without_holds();
        let mut polls = 1;
        while pace.ask() == Ask::Now {
            assert!(polls < POLLS_UNTIL_HOLD);
            pace.answered(ANSWERED_NOW);
            polls += 1;
        }
        assert_eq!(polls, POLLS_UNTIL_HOLD);
        pace.failed(failed(Ask::Hold), 0);
        pace.answered(ANSWERED_NOW);
        assert_eq!(pace.ask(), Ask::Now);
    }

    #[test]
    fn holds_that_break_because_the_gateway_is_away_do_not_count() {
        let mut pace = settled();
        for _ in 0..9 {
            pace.failed(failed(Ask::Hold), 0);
            pace.failed(failed(Ask::Now), 0);
            pace.answered(ANSWERED_NOW);
            assert_eq!(pace.ask(), Ask::Hold);
        }
    }
}
