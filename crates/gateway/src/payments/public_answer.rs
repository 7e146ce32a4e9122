//! The answer that anyone gets about a payment, written once: from one answer to the next only its times
//! differ, until the payment changes.

use usdt_protocol::{Payment as WirePayment, StatusAnswer, UtcTime};

/// The JSON of a [`StatusAnswer`], cut where the times stand.
#[derive(Debug)]
pub struct PublicAnswer {
    before: Box<str>,
    after: Box<str>,
    expires_at: UtcTime,
}

impl PublicAnswer {
    /// `None` where it cannot be written, or has not these times one behind the other.
    pub fn of(view: WirePayment) -> Option<Self> {
        let expires_at = view.expires_at;
        let json = serde_json::to_string(&StatusAnswer::payment(view)).ok()?;
        // A quote within a text has a backslash before it, so that these can only be the fields.
        let (before, rest) = json.split_once(",\"expires_in\":")?;
        let (_, rest) = rest.split_once(",\"server_time\":\"")?;
        let (_, after) = rest.split_once('"')?;
        Some(Self {
            before: before.into(),
            after: after.into(),
            expires_at,
        })
    }

    pub fn at(&self, now: UtcTime) -> String {
        let (before, after) = (&self.before, &self.after);
        let (expires_in, server_time) = (now.seconds_until(self.expires_at), now.rfc3339());
        format!("{before},\"expires_in\":{expires_in},\"server_time\":\"{server_time}\"{after}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payments::fields::Description;
    use crate::payments::{Circumstances, sample};

    #[test]
    fn it_is_the_answer_at_any_time_whatever_stands_in_the_texts() {
        let mut payment = sample::payment(1, "50", "50.0001", 0);
        let text = r#"","expires_in":1,"server_time":"x""#;
        payment.description = Description::parse(text).unwrap();
        let circumstances = Circumstances {
            shows_description: true,
            ..Circumstances::default()
        };
        let url = "https://pay.example.com/pay/?id=1099511627777";
        let view =
            |seconds| payment.public_view(url.parse().unwrap(), sample::at(seconds), circumstances);
        let answer = PublicAnswer::of(view(0)).unwrap();
        for seconds in [0, 899, 900, 100_000] {
            let whole = serde_json::to_string(&StatusAnswer::payment(view(seconds))).unwrap();
            assert!(whole.contains(r#"\"expires_in\":1"#), "{whole}");
            assert_eq!(answer.at(sample::at(seconds)), whole);
        }
    }
}
