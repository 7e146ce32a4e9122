//! The server's time in the browser: a server's timestamp carried on by a monotonic clock.
//!
//! The device's own idea of the date is never asked: it may be hours off.

use usdt_protocol::UtcTime;

/// A reading of a clock that only goes forward, in milliseconds from an origin of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    pub const ORIGIN: Self = Self(0);

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    #[must_use]
    pub const fn plus_seconds(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(seconds as i64 * 1_000))
    }

    /// Milliseconds from `earlier` until `self`, negative if it is the other way round.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds from `self` until `later`, rounded up, never below 0.
    pub fn seconds_until(self, later: Self) -> u32 {
        let millis = later.millis_since(self).max(0).unsigned_abs();
        u32::try_from(millis.div_ceil(1_000)).unwrap_or(u32::MAX)
    }
}

/// What the server's clock shows, as far as the last answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerClock {
    shown: UtcTime,
    at: Moment,
}

impl ServerClock {
    /// The server's clock showed `shown` at the moment `at`.
    pub const fn set(shown: UtcTime, at: Moment) -> Self {
        Self { shown, at }
    }

    pub fn time(self, now: Moment) -> UtcTime {
        UtcTime::from_millis(
            self.shown
                .millis()
                .saturating_add(now.millis_since(self.at)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_time_goes_on_with_the_monotonic_clock() {
        let noon: UtcTime = "2026-07-01 12:00:00".parse().unwrap();
        let clock = ServerClock::set(noon, Moment::from_millis(5_000));
        assert_eq!(clock.time(Moment::from_millis(5_000)), noon);
        assert_eq!(
            clock.time(Moment::from_millis(65_000)),
            noon.plus_seconds(60)
        );
        assert_eq!(clock.time(Moment::ORIGIN), noon.plus_seconds(-5));
    }

    #[test]
    fn seconds_left_are_rounded_up_and_end_at_zero() {
        let end = Moment::ORIGIN.plus_seconds(5);
        assert_eq!(Moment::ORIGIN.seconds_until(end), 5);
        assert_eq!(Moment::from_millis(4_001).seconds_until(end), 1);
        assert_eq!(Moment::from_millis(9_000).seconds_until(end), 0);
    }
}
