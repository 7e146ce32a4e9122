//! Cursors: where a list goes on. To callers they are a text without meaning; what comes back is read as
//! anything else that comes from outside.

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use usdt_protocol::UtcTime;

/// Longer than any that was given out.
const LONGEST: usize = 200;

/// What a list is of, so that a cursor of another list is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Payments,
    Events,
    Reviews,
}

impl Kind {
    const fn letter(self) -> &'static str {
        match self {
            Self::Payments => "p",
            Self::Events => "e",
            Self::Reviews => "r",
        }
    }
}

/// The cursor behind a row.
pub fn write(kind: Kind, at: UtcTime, id: impl Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{}.{id}", kind.letter(), at.millis()))
}

/// The time and the ID of the row behind which the list goes on.
pub fn read<Id>(
    kind: Kind,
    text: &str,
    parse: impl FnOnce(&str) -> Option<Id>,
) -> Option<(UtcTime, Id)> {
    if text.len() > LONGEST {
        return None;
    }
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let rest = text.strip_prefix(kind.letter())?.strip_prefix('.')?;
    let (at, id) = rest.split_once('.')?;
    let millis: i64 = at.parse().ok()?;
    let at = UtcTime::from_millis(millis);
    (at.millis() == millis).then_some(())?;
    Some((at, parse(id)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_number(text: &str) -> Option<(i64, u64)> {
        let read = read(Kind::Payments, text, |id| id.parse::<u64>().ok());
        read.map(|(at, id)| (at.millis(), id))
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(millis in 0..253_402_300_799_999_i64, id in any::<u64>()) {
            let text = write(Kind::Payments, UtcTime::from_millis(millis), id);
            prop_assert_eq!(read_number(&text), Some((millis, id)));
            prop_assert!(read(Kind::Events, &text, |_| Some(())).is_none());
        }

        #[test]
        fn whatever_comes_is_read_or_refused(text in "\\PC{0,60}") {
            let _ = read_number(&text);
            let _ = read_number(&URL_SAFE_NO_PAD.encode(&text));
            let _ = read_number(&URL_SAFE_NO_PAD.encode(format!("p.{text}.1")));
        }
    }
}
