//! The time that is left to pay.

use usdt_protocol::UtcTime;

use super::element::{Element, element};
use crate::core::checkout::{Checkout, Followed};
use crate::core::presentation::Presentation;
use crate::core::text::{Texts, fill, next_name};

/// Below so many seconds it is urgent.
const SOON: u64 = 120;
const LAST: u64 = 30;

/// How urgent it is, for the eye.
pub(super) const fn urgency(seconds: u64) -> Option<&'static str> {
    if seconds < LAST {
        Some("last")
    } else if seconds < SOON {
        Some("soon")
    } else {
        None
    }
}

pub(super) fn countdown(
    followed: &Followed,
    checkout: &Checkout,
    presentation: &Presentation,
) -> Element {
    let texts = presentation.texts;
    let seconds = followed.seconds_left(checkout.now);
    let ends = time(
        followed.payment.expires_at,
        checkout.server_time(),
        presentation,
    );
    let deadline = texts.pay_before();
    let (before, after) =
        next_name(deadline).map_or((deadline, ""), |(before, _, after)| (before, after));
    let deadline = element("p")
        .class("deadline")
        .text(before)
        .element(ends)
        .text(after);
    let timer = element("p")
        .class("timer")
        .set("role", "timer")
        .set("aria-label", texts.time_left())
        .untranslated()
        .text(clock_face(seconds));
    let said = element("p")
        .class("hidden")
        .set("role", "status")
        .set("translate", "no")
        .text(said(seconds, texts));
    element("div")
        .class("time")
        .element(deadline)
        .element(timer)
        .element(said)
}

/// What is said of the time, now and then: every three minutes, each of the last five minutes,
/// and half a minute before the end.
fn said(seconds: u64, texts: &'static Texts) -> String {
    let minutes = match seconds.div_ceil(60) {
        minutes @ 0..=5 => minutes,
        minutes => minutes.next_multiple_of(3),
    };
    let (text, count) = if seconds <= 30 {
        (texts.seconds_left(), 30)
    } else {
        (texts.minutes_left(), minutes)
    };
    fill(text, &[("{n}", &count.to_string())])
}

/// A moment, readable for people and machines: in the payer's own zone where that is known.
pub(super) fn time(time: UtcTime, now: UtcTime, presentation: &Presentation) -> Element {
    let local = presentation
        .local_time
        .and_then(|write| write(&presentation.lang, time, now));
    let text = local.unwrap_or_else(|| {
        let published = time.to_string();
        let minutes = published.get(..16).unwrap_or(&published);
        let today = now.to_string();
        let is_today = published.get(..11) == today.get(..11);
        let text = minutes.get(11..).filter(|_| is_today).unwrap_or(minutes);
        format!("{text} UTC")
    });
    element("time")
        .set("dir", "auto")
        .set("translate", "no")
        .set("datetime", time.rfc3339())
        .text(text)
}

fn clock_face(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes:02}:{seconds:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_face_shows_hours_only_when_there_are_any() {
        for (seconds, face) in [
            (0, "00:00"),
            (59, "00:59"),
            (899, "14:59"),
            (3_599, "59:59"),
            (3_600, "1:00:00"),
            (90_061, "25:01:01"),
        ] {
            assert_eq!(clock_face(seconds), face);
        }
    }
}
