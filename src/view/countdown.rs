//! The time that is left to pay.

use leptos::prelude::*;
use usdt_protocol::UtcTime;

use crate::text::{Texts, fill, next_name};

pub(super) fn countdown(seconds: u64, expires_at: UtcTime, texts: &'static Texts) -> AnyView {
    let deadline = texts.pay_before();
    let (before, after) =
        next_name(deadline).map_or((deadline, ""), |(before, _, after)| (before, after));
    view! {
        <div class="time">
            <p class="timer" role="timer" aria-label=texts.time_left()>
                {clock_face(seconds)}
            </p>
            <p class="deadline">{before} {time(expires_at)} {after}</p>
            <p class="hidden" role="status">
                {said(seconds, texts)}
            </p>
        </div>
    }
    .into_any()
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

/// A moment, readable for people and machines.
pub(super) fn time(time: UtcTime) -> AnyView {
    let published = time.to_string();
    let minutes = published.get(..16).unwrap_or(&published);
    view! { <time dir="ltr" datetime=time.rfc3339()>{format!("{minutes} UTC")}</time> }.into_any()
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
