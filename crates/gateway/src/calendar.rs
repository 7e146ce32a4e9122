//! Times and months of UTC, as people write them in commands and queries.

use std::str::FromStr;

use usdt_protocol::UtcTime;

/// Reads the published form, RFC 3339 in UTC with or without milliseconds, or a day, which begins at midnight.
pub fn parse_time(text: &str) -> Option<UtcTime> {
    if text.len() == "2026-07-01".len() {
        return format!("{text} 00:00:00").parse().ok();
    }
    let (second, rest) = text.split_at_checked("2026-07-01 18:00:00".len())?;
    let time: UtcTime = second.replacen('T', " ", 1).parse().ok()?;
    if matches!(rest, "" | "Z") {
        return Some(time);
    }
    let millis = rest.strip_prefix('.')?.strip_suffix('Z')?;
    let is_millis = millis.len() == 3 && millis.bytes().all(|digit| digit.is_ascii_digit());
    let millis: i64 = millis.parse().ok().filter(|_| is_millis)?;
    Some(UtcTime::from_millis(time.millis() + millis))
}

/// The first moment of a month, and that of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month {
    pub begin: UtcTime,
    pub end: UtcTime,
}

/// The text is no month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the month must be one of UTC, such as 2026-07")]
pub struct ParseMonthError;

impl FromStr for Month {
    type Err = ParseMonthError;

    fn from_str(text: &str) -> Result<Self, ParseMonthError> {
        let begin = |text: &str| format!("{text}-01 00:00:00").parse::<UtcTime>().ok();
        let end = || {
            let (year, month) = text.split_once('-')?;
            let (year, month): (u32, u32) = (year.parse().ok()?, month.parse().ok()?);
            match month {
                12 => begin(&format!("{:04}-01", year + 1)),
                _ => begin(&format!("{year:04}-{:02}", month + 1)),
            }
        };
        // Which is of this form only.
        let begin = begin(text).ok_or(ParseMonthError)?;
        let end = end().ok_or(ParseMonthError)?;
        Ok(Self { begin, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_forms_that_are_told() {
        let at = |text: &str| parse_time(text).map(UtcTime::rfc3339);
        for (text, time) in [
            ("2026-07-01 18:30:00", "2026-07-01T18:30:00.000Z"),
            ("2026-07-01T18:30:00Z", "2026-07-01T18:30:00.000Z"),
            ("2026-07-01T18:30:00.250Z", "2026-07-01T18:30:00.250Z"),
            ("2026-07-01", "2026-07-01T00:00:00.000Z"),
        ] {
            assert_eq!(at(text).as_deref(), Some(time), "{text}");
        }
        for text in [
            "",
            "1782928800",
            "2026-07-01T18:30:00+02:00",
            "2026-07-01T18:30:00.25Z",
            "2026-07-01T18:30:00.+25Z",
            "2026-13-01",
            "2026-07-01 18:30",
            "é026-07-01 18:30:00",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let read = |text: &str| {
            let month: Option<Month> = text.parse().ok();
            month.map(|month| (month.begin.to_string(), month.end.to_string()))
        };
        let times = |begin: &str, end: &str| Some((begin.to_owned(), end.to_owned()));
        assert_eq!(
            read("2026-12"),
            times("2026-12-01 00:00:00", "2027-01-01 00:00:00")
        );
        assert_eq!(
            read("2028-02"),
            times("2028-02-01 00:00:00", "2028-03-01 00:00:00")
        );
        for text in [
            "2026-13",
            "2026-00",
            "2026-7",
            "26-07",
            "2026-07-01",
            "july",
            "+026-07",
            "9999-12",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
