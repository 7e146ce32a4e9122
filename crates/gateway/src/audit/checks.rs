//! When each check runs, for how long at most, and what becomes of one that fails.

use std::time::Duration;

use usdt_protocol::UtcTime;

use super::balances::Balances;
use super::indexer::Comparison;
use super::{AuditError, Context};
use crate::store::{AlarmKind, StoreError};

/// A check that has failed is repeated after this many seconds.
const RETRY_SECONDS: i64 = 60;

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// Whether the token can be used at all.
    Token,
    /// Whether the indexer lists the same transfers.
    Indexer,
    /// Whether the token's contract has frozen an address.
    Blacklist,
    /// Whether balances add up, for each address once a day.
    Balances,
    /// Whether prices whose amounts ran low have room again.
    Amounts,
}

impl Check {
    const ALL: [Self; 5] = [
        Self::Token,
        Self::Indexer,
        Self::Blacklist,
        Self::Balances,
        Self::Amounts,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Indexer => "indexer",
            Self::Blacklist => "blacklist",
            Self::Balances => "balances",
            Self::Amounts => "amounts",
        }
    }

    const fn every_seconds(self) -> i64 {
        match self {
            Self::Token | Self::Indexer | Self::Amounts => 300,
            Self::Blacklist | Self::Balances => 3_600,
        }
    }

    /// How long one run may take: others wait for its end. Those that ask for each address may
    /// take longer.
    const fn limit(self) -> Duration {
        match self {
            Self::Token | Self::Indexer | Self::Amounts => Duration::from_mins(5),
            Self::Blacklist | Self::Balances => Duration::from_mins(15),
        }
    }

    /// After how long without success an operator must know.
    const fn stalled_seconds(self) -> i64 {
        match self {
            Self::Token | Self::Indexer | Self::Amounts => 3_600,
            Self::Blacklist | Self::Balances => 4 * 3_600,
        }
    }
}

/// When a check runs next, and when it last came to its end.
#[derive(Clone, Copy, Debug)]
struct Due {
    check: Check,
    next: UtcTime,
    succeeded: UtcTime,
}

/// The checks of one network, one after the other, and what they remember.
pub(super) struct Checks {
    due: [Due; Check::ALL.len()],
    comparison: Comparison,
    balances: Balances,
}

impl Checks {
    pub(super) fn new(started: UtcTime) -> Self {
        Self {
            due: Check::ALL.map(|check| Due {
                check,
                next: started,
                succeeded: started,
            }),
            comparison: Comparison::default(),
            balances: Balances::default(),
        }
    }

    /// Runs the checks whose time has come.
    pub(super) async fn run_due(&mut self, context: &Context) {
        let mut all = self.due;
        for due in &mut all {
            let check = due.check;
            let now = context.clock.now();
            // A clock that was set back must not make a check wait for what is now far away.
            let latest = now.plus_seconds(check.every_seconds());
            if now < due.next && due.next <= latest {
                continue;
            }
            let limit = check.limit();
            let again = tokio::time::timeout(limit, self.run(check, context))
                .await
                .unwrap_or(Err(AuditError::TooSlow(limit)));
            let now = context.clock.now();
            let error = match again {
                Ok(seconds) => {
                    due.next = now.plus_seconds(seconds);
                    due.succeeded = now;
                    None
                }
                Err(error) => {
                    due.next = now.plus_seconds(RETRY_SECONDS);
                    Some(error)
                }
            };
            if let Err(error) = context.report(*due, error, now).await {
                tracing::error!(%error, "an alarm cannot be written down");
            }
        }
        self.due = all;
    }

    /// Runs one check, and says after how many seconds to run it again.
    async fn run(&mut self, check: Check, context: &Context) -> Result<i64, AuditError> {
        let usual = check.every_seconds();
        match check {
            Check::Token => context.check_token().await?,
            Check::Indexer => self.comparison.run(context).await?,
            Check::Blacklist => context.check_blacklist().await?,
            Check::Amounts => context.check_amounts().await?,
            Check::Balances => {
                let again = self.balances.run(context, &mut self.comparison).await?;
                return Ok(again.unwrap_or(usual));
            }
        }
        Ok(usual)
    }
}

impl Context {
    /// Tells the log of a check that failed, and raises an alarm when it has failed for long.
    async fn report(
        &self,
        due: Due,
        error: Option<AuditError>,
        now: UtcTime,
    ) -> Result<(), StoreError> {
        let (network, name) = (self.chain.network, due.check.name());
        let cause = match error {
            None => None,
            Some(error) => {
                tracing::warn!(%network, check = name, %error, "a check failed");
                let stalled = due.succeeded.plus_seconds(due.check.stalled_seconds()) < now;
                if !stalled {
                    return Ok(());
                }
                Some(error.to_string())
            }
        };
        self.set_alarm(AlarmKind::AuditStalled, name, cause.as_deref())
            .await
    }
}
