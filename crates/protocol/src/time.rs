//! UTC time in milliseconds, and the two forms in which it is written.

use std::fmt;
use std::str::FromStr;

const MILLIS_PER_SECOND: i64 = 1_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A moment in UTC, in milliseconds since 1970-01-01 00:00:00.
///
/// Displays as published (`2026-07-01 18:30:00`, cut to the second); [`UtcTime::rfc3339`] has
/// the milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcTime(i64);

/// The text is not a time of the expected form in the years 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTimeError;

/// 9999-12-31 23:59:59.999, the last moment that both forms can write.
const LAST: i64 = 253_402_300_799_999;

impl UtcTime {
    pub const EPOCH: Self = Self(0);

    /// Clamped to the years 1970 to 9999, which both written forms can hold.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST))
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_millis(
            self.0
                .saturating_add(seconds.saturating_mul(MILLIS_PER_SECOND)),
        )
    }

    /// Whole seconds from `self` until `later`, rounded up, never below 0.
    pub fn seconds_until(self, later: Self) -> u64 {
        let millis = later.0.saturating_sub(self.0).max(0);
        u64::try_from(millis)
            .unwrap_or(0)
            .div_ceil(MILLIS_PER_SECOND.unsigned_abs())
    }

    /// RFC 3339 in UTC with milliseconds: `2026-07-01T18:30:00.000Z`.
    pub fn rfc3339(self) -> String {
        let civil = Civil::from(self);
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            civil.year,
            civil.month,
            civil.day,
            civil.hour,
            civil.minute,
            civil.second,
            self.0 % MILLIS_PER_SECOND
        )
    }
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl From<UtcTime> for Civil {
    /// Days to a date of the Gregorian calendar, counting from 0000-03-01 so that a leap day
    /// ends its year: <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
    fn from(time: UtcTime) -> Self {
        let seconds = time.0 / MILLIS_PER_SECOND;
        let second_of_day = seconds % SECONDS_PER_DAY;
        let days = seconds / SECONDS_PER_DAY + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
            hour: second_of_day / 3_600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
        }
    }
}

impl Civil {
    /// The inverse of the conversion above.
    fn to_time(&self) -> UtcTime {
        let year = self.year - i64::from(self.month <= 2);
        let era = year / 400;
        let year_of_era = year % 400;
        let month_from_march = if self.month > 2 {
            self.month - 3
        } else {
            self.month + 9
        };
        let day_of_year = (153 * month_from_march + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        let seconds = days * SECONDS_PER_DAY + self.hour * 3_600 + self.minute * 60 + self.second;
        UtcTime(seconds * MILLIS_PER_SECOND)
    }

    /// Reads `YYYY-MM-DD?HH:MM:SS` with `separator` for the question mark.
    fn parse(text: &str, separator: u8) -> Option<UtcTime> {
        let bytes = text.as_bytes();
        if bytes.len() != 19 {
            return None;
        }
        let number = |from: usize, to: usize| {
            bytes.get(from..to)?.iter().try_fold(0i64, |value, digit| {
                digit
                    .is_ascii_digit()
                    .then(|| value * 10 + i64::from(digit - b'0'))
            })
        };
        let marks = [
            (4, b'-'),
            (7, b'-'),
            (10, separator),
            (13, b':'),
            (16, b':'),
        ];
        if marks.iter().any(|&(at, mark)| bytes.get(at) != Some(&mark)) {
            return None;
        }
        let civil = Self {
            year: number(0, 4)?,
            month: number(5, 7)?,
            day: number(8, 10)?,
            hour: number(11, 13)?,
            minute: number(14, 16)?,
            second: number(17, 19)?,
        };
        if civil.year < 1970 || !(1..=12).contains(&civil.month) || !(1..=31).contains(&civil.day) {
            return None;
        }
        let time = civil.to_time();
        // A day or hour that does not exist comes back as another text.
        let canonical = Self::from(time);
        let same = canonical.month == civil.month
            && canonical.day == civil.day
            && canonical.hour == civil.hour
            && canonical.minute == civil.minute
            && canonical.second == civil.second;
        same.then_some(time)
    }
}

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = Civil::from(*self);
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second
        )
    }
}

impl FromStr for UtcTime {
    type Err = ParseTimeError;

    /// Reads the published form, `2026-07-01 18:30:00`, as UTC.
    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        Civil::parse(text, b' ').ok_or(ParseTimeError)
    }
}

impl fmt::Display for ParseTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a UTC time")
    }
}

impl std::error::Error for ParseTimeError {}

crate::wire_text::text_on_the_wire!(UtcTime);

/// Serde for a field in RFC 3339 UTC with milliseconds.
pub mod rfc3339 {
    use std::fmt;
    use std::str::FromStr;

    use serde::{Deserializer, Serializer};

    use super::{Civil, ParseTimeError, UtcTime};

    struct Rfc3339(UtcTime);

    impl FromStr for Rfc3339 {
        type Err = ParseTimeError;

        fn from_str(text: &str) -> Result<Self, ParseTimeError> {
            let (seconds, rest) = text.split_at_checked(19).ok_or(ParseTimeError)?;
            let millis = rest
                .strip_prefix('.')
                .and_then(|rest| rest.strip_suffix('Z'))
                .filter(|digits| digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|digits| digits.parse::<i64>().ok())
                .ok_or(ParseTimeError)?;
            let time = Civil::parse(seconds, b'T').ok_or(ParseTimeError)?;
            Ok(Self(UtcTime::from_millis(time.millis() + millis)))
        }
    }

    impl fmt::Display for Rfc3339 {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0.rfc3339())
        }
    }

    pub fn serialize<S: Serializer>(time: &UtcTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Rfc3339(*time))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UtcTime, D::Error> {
        crate::wire_text::deserialize::<_, Rfc3339>(deserializer).map(|parsed| parsed.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_moments_are_written_in_both_forms() {
        for (millis, published, rfc) in [
            (0, "1970-01-01 00:00:00", "1970-01-01T00:00:00.000Z"),
            (
                951_782_400_000,
                "2000-02-29 00:00:00",
                "2000-02-29T00:00:00.000Z",
            ),
            (
                1_782_930_600_123,
                "2026-07-01 18:30:00",
                "2026-07-01T18:30:00.123Z",
            ),
            (LAST, "9999-12-31 23:59:59", "9999-12-31T23:59:59.999Z"),
        ] {
            let time = UtcTime::from_millis(millis);
            assert_eq!(time.to_string(), published);
            assert_eq!(time.rfc3339(), rfc);
            assert_eq!(
                published.parse::<UtcTime>().unwrap().millis(),
                millis / 1_000 * 1_000
            );
        }
    }

    #[test]
    fn times_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-29 00:00:00",
            "2026-13-01 00:00:00",
            "2026-00-01 00:00:00",
            "2026-04-31 00:00:00",
            "2026-01-01 24:00:00",
            "2026-01-01 00:60:00",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00:00 ",
            "2026-1-1 0:0:0",
            "1969-12-31 23:59:59",
            "",
        ] {
            assert_eq!(text.parse::<UtcTime>(), Err(ParseTimeError), "{text}");
        }
    }

    #[test]
    fn what_is_left_is_rounded_up_and_never_negative() {
        let now = UtcTime::from_millis(10_000);
        assert_eq!(now.seconds_until(UtcTime::from_millis(10_001)), 1);
        assert_eq!(now.seconds_until(UtcTime::from_millis(70_000)), 60);
        assert_eq!(now.seconds_until(UtcTime::from_millis(9_000)), 0);
    }

    proptest! {
        #[test]
        fn every_moment_survives_both_forms(millis in 0..=LAST) {
            #[derive(serde::Serialize, serde::Deserialize)]
            struct Both { published: UtcTime, #[serde(with = "rfc3339")] rfc: UtcTime }

            let time = UtcTime::from_millis(millis);
            let json = serde_json::to_string(&Both { published: time, rfc: time }).unwrap();
            let read: Both = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(read.published.millis(), millis / 1_000 * 1_000);
            prop_assert_eq!(read.rfc, time);
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,30}") {
            let _ = text.parse::<UtcTime>();
        }
    }
}
