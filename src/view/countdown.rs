//! The time that is left to pay.

use leptos::prelude::*;
use usdt_protocol::UtcTime;

use crate::text::Texts;

pub(super) fn countdown(seconds: u64, expires_at: UtcTime, texts: &'static Texts) -> AnyView {
    let (before, after) = texts
        .pay_before
        .split_once("{time}")
        .unwrap_or((texts.pay_before, ""));
    view! {
        <div class="time">
            <p class="timer" role="timer" aria-label=texts.time_left>
                {clock_face(seconds)}
            </p>
            <p class="deadline">{before} {time(expires_at)} {after}</p>
        </div>
    }
    .into_any()
}

/// A moment, readable for people and machines.
pub(super) fn time(time: UtcTime) -> AnyView {
    let published = time.to_string();
    let minutes = published.get(..16).unwrap_or(&published);
    view! { <time datetime=time.rfc3339()>{format!("{minutes} UTC")}</time> }.into_any()
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
