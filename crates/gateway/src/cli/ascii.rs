//! JSON that a terminal prints as it is, whatever merchants wrote.

use std::fmt::Write as _;

/// The same JSON with everything escaped that is not plain ASCII.
pub(super) fn ascii(json: &impl ToString) -> String {
    let mut text = String::new();
    for c in json.to_string().chars() {
        if matches!(c, ' '..='~') {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Text takes whatever is written.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}
