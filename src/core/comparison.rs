//! Compares the payment's address with what the payer has in the wallet: malware swaps copied
//! addresses, and thieves make addresses that look alike at both ends.

/// How a pasted text compares with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Same,
    /// The beginning of the address, with so many characters missing.
    Part {
        missing: usize,
    },
    /// Another text from the character at `index` on, counted from 0.
    Different {
        index: usize,
    },
}

/// The longest text that is compared: an address has 34 characters.
const LONGEST: usize = 100;

/// What of the payer's text counts: spaces are not part of any address.
pub(crate) fn clean(pasted: &str) -> String {
    pasted
        .chars()
        .filter(|character| !character.is_whitespace())
        .take(LONGEST)
        .collect()
}

impl Comparison {
    /// Compares a cleaned text. `None` if there is nothing to compare.
    pub fn between(address: &str, pasted: &str) -> Option<Self> {
        if pasted.is_empty() {
            return None;
        }
        let differs = address
            .chars()
            .zip(pasted.chars())
            .position(|(expected, found)| expected != found);
        let (expected, found) = (address.chars().count(), pasted.chars().count());
        Some(match differs {
            Some(index) => Self::Different { index },
            None if found < expected => Self::Part {
                missing: expected - found,
            },
            None if found > expected => Self::Different { index: expected },
            None => Self::Same,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH";

    #[test]
    fn the_first_difference_is_found_wherever_it_is() {
        for (pasted, comparison) in [
            ("", None),
            (" \n", None),
            (ADDRESS, Some(Comparison::Same)),
            (
                " TUEZ SdKs oDHQ MeZw ihtd oBiN 46zx hGWY dH\n",
                Some(Comparison::Same),
            ),
            ("TUEZSd", Some(Comparison::Part { missing: 28 })),
            (
                "TUEZSdKsoDHQMeZwXhtdoBiN46zxhGWYdH",
                Some(Comparison::Different { index: 16 }),
            ),
            (
                "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdHx",
                Some(Comparison::Different { index: 34 }),
            ),
            ("адрес", Some(Comparison::Different { index: 0 })),
        ] {
            assert_eq!(Comparison::between(ADDRESS, &clean(pasted)), comparison);
        }
    }
}
