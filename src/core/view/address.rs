//! Addresses and IDs: as a QR code, and as text in groups.

use super::element::{Element, element};
use crate::core::qr::QrPicture;

const GROUP: usize = 4;

/// A QR code. `label` says what is in it to those who cannot see it.
pub(super) fn picture(qr: &QrPicture, class: &'static str, label: String) -> Element {
    element("img")
        .class(class)
        .set("alt", label)
        .set("src", qr.url().to_owned())
}

/// Text in groups that can be compared by eye. The gaps are margins, so that selecting it gives
/// one unbroken text.
pub(super) fn grouped(id: &'static str, text: &str) -> Element {
    marked("p", id, text, None)
}

/// The same within a sentence, or with the group marked that holds the character at `index`.
pub(super) fn marked(
    tag: &'static str,
    id: &'static str,
    text: &str,
    index: Option<usize>,
) -> Element {
    let wrong = index.map(|index| index / GROUP);
    let whole = element(tag).class("grouped").id(id).untranslated();
    let groups = groups(text).into_iter().enumerate();
    groups.fold(whole, |whole, (number, group)| {
        let is_wrong = (wrong == Some(number)).then_some("");
        whole
            .element(element("span").set_some("data-wrong", is_wrong).text(group))
            .element(element("wbr"))
    })
}

fn groups(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(GROUP)
        .map(|group| group.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_hold_the_whole_text() {
        let address = "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH";
        let groups = groups(address);
        assert_eq!(groups.concat(), address);
        assert_eq!(groups.first().map(String::as_str), Some("TUEZ"));
        assert_eq!(groups.last().map(String::as_str), Some("dH"));
    }
}
