//! Finds private keys where none belong, so that none is ever accepted, kept or repeated.

/// A private key or a recovery phrase was given. The text does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "one of the arguments is a private key or a recovery phrase, and this gateway never holds keys \
     to money: whoever has this key can take everything, so consider it compromised now, since it \
     stands in your shell's history, and move the money to a new wallet"
)]
pub struct PrivateKeyGiven;

/// A private key has 64 hex digits and a seed 128; some may be missing by mistake.
const LEAST_HEX_DIGITS: usize = 60;

/// The longest word of the lists of BIP 39.
const LONGEST_WORD: usize = 8;
const LEAST_WORDS: usize = 12;

/// The place of the key in an extended key: a zero there means that it is private.
const EXTENDED_KEY_AT: usize = 45;
const EXTENDED_LEN: usize = 82;

/// Refuses texts of which one is a private key or together hold a recovery phrase.
pub fn refuse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<(), PrivateKeyGiven> {
    let mut words_in_a_row = 0;
    for word in texts
        .into_iter()
        // A URL stays one word, whatever token stands in it.
        .map(|text| match text.split_once('=') {
            Some((option, value)) if option.starts_with("--") => value,
            _ => text,
        })
        .flat_map(|text| text.split(|c: char| c.is_whitespace() || ",;".contains(c)))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
    {
        let is_word = word.chars().count() <= LONGEST_WORD
            && word.chars().all(|c| c.is_alphabetic() || !c.is_ascii());
        words_in_a_row = if is_word { words_in_a_row + 1 } else { 0 };
        if words_in_a_row == LEAST_WORDS || is_hex(word) || is_wif(word) || is_extended(word) {
            return Err(PrivateKeyGiven);
        }
    }
    Ok(())
}

fn is_hex(word: &str) -> bool {
    let digits = word
        .strip_prefix("0x")
        .or(word.strip_prefix("0X"))
        .unwrap_or(word);
    digits.len() >= LEAST_HEX_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The wallet import format: 33 or 34 bytes and a checksum in Base58.
fn is_wif(word: &str) -> bool {
    (50..=53).contains(&word.len())
        && word.starts_with(['5', 'K', 'L', '9', 'c'])
        && bs58::decode(word).into_vec().is_ok()
}

/// An extended private key of any coin, also a mistyped one.
fn is_extended(word: &str) -> bool {
    let is_named_so = word.len() >= 100
        && word
            .get(1..4)
            .is_some_and(|name| name.eq_ignore_ascii_case("prv") || name == "tpv");
    is_named_so
        || bs58::decode(word).into_vec().is_ok_and(|bytes| {
            bytes.len() == EXTENDED_LEN && bytes.get(EXTENDED_KEY_AT) == Some(&0)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHRASE: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                          abandon abandon about";
    const HEX: &str = "0000000000000000000000000000000000000000000000000000000000000001";

    fn is_refused(text: &str) -> bool {
        refuse([text]).is_err()
    }

    #[test]
    fn private_keys_are_found_in_every_form() {
        for key in [
            HEX,
            &format!("0x{HEX}"),
            &format!("--address={HEX}"),
            &format!("  \"{HEX}\" "),
            &HEX[1..],
            &HEX.repeat(2),
            "KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn",
            "5HpHagT65TZzG1PH3CSu63k8DbpvD8s5ip4nEB3kEsreAnchuDf",
            "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
            // Mistyped at its end.
            "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPH",
            PHRASE,
            &PHRASE.to_uppercase(),
            &format!("{PHRASE} {PHRASE}"),
            &PHRASE.replace(' ', ","),
            "的 一 是 在 不 了 有 和 人 这 中 大",
        ] {
            assert!(is_refused(key), "{key}");
        }
        for prefix in ["yprv", "zprv", "tprv", "uprv", "vprv", "Yprv", "Ltpv"] {
            assert!(
                is_refused(&format!("{prefix}{}", "A".repeat(107))),
                "{prefix}"
            );
        }
        assert!(refuse(PHRASE.split(' ')).is_err());
        assert!(!PrivateKeyGiven.to_string().contains("abandon"));
    }

    #[test]
    fn what_belongs_on_the_command_line_is_not_taken_for_a_key() {
        for text in [
            "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
            "41c8599111f29c1e1e061265b4af93ea1f274ad78a",
            "xpub6D1AabNHCupeiLM65ZR9UStMhJ1vCpyV4XbZdyhMZBiJXALQtmn9p42VTQckoHVn8WNqS7dqnJokZHAHcHGoaQgmv8D45oNUKx6DZMNZBCd",
            "A shop of fine things",
            "https://shop.example/webhooks/usdt?project=a-long-name-of-a-project-with-many-letters",
            &format!("--webhook-url=https://shop.example/{HEX}/webhook?token={HEX}"),
            "/etc/usdt-gateway/gateway.toml",
            "",
        ] {
            assert!(!is_refused(text), "{text}");
        }
        let command = "project add --config a --name b --address c --webhook-url d --late accept";
        assert_eq!(refuse(command.split(' ')), Ok(()));
    }
}
