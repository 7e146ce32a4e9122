//! Addresses at which no merchant receives: those whose keys are published, contracts, and the
//! zero address.

use usdt_protocol::TronAddress;
use usdt_tron::Network;

use super::AccountKey;

/// Extended public keys, one a line, under the phrase that they are of.
const KEYS: &str = include_str!("published_keys.txt");

/// So many addresses of each account are looked at: what an example or a test takes.
const ADDRESSES_PER_KEY: u32 = 10;

/// Of the private keys 1 to 16.
const SMALLEST_KEYS: [&str; 16] = [
    "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC",
    "TDvSsdrNM5eeXNL3czpa6AxLDHZA9nwe9K",
    "TKTX96CBxr5kvhjsDHcqoiPWZageGxoTW3",
    "TCo75zcxTuWn5nnFqZUeK5socdVnG11f2T",
    "TWYSVbUy6eTu6ZrFWRUimgDy9SinkggVKL",
    "TWtcHHVovA3MDwbd6KHNaFWYs39ho29b73",
    "TVJjphBwXTtDTVJZUEEG9g3CWD7vLcBAS8",
    "TY2b1AJaLBxCvzY1Kp8GiheEgXKSEowpDA",
    "TYa8m37KgwBX7CnozYA2JxzDuQjZfNUaZv",
    "TGyL1JLV75SzHZtrXjKrNJFERtDA4LgMrL",
    "TFbETujAwr7W7HvbUnpvvgQBqnYMbX3td4",
    "TW1BfQjQehDEA2KkxnUHLBCziHjv8MwQv3",
    "TKXqnvM8TofAdmaLrMNFW3oJHjy9GoLVMW",
    "TJDo8nh85rotEBo42833SxQ4js7i8mS8Tr",
    "TNJ7ipqavQts6k6pZxZPYyfJtvU4ZiDgiH",
    "TYqnZWioFukN8guLsGyEYUxxvcFsD9X3BC",
];

/// Contracts of the main network, by the names of their tokens: see <https://tronscan.org>.
const CONTRACTS: [&str; 16] = [
    // USDT, USDC, USDD (old and new), USDJ, TUSD, stUSDT
    "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    "TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8",
    "TPYmHEhy5n8TCEfYGqW2rPxsghSfzghPDn",
    "TXDk8mbtRbXeYuMNS83CfKPaYYT8XWv9Hz",
    "TMwFHYXLJaRUPeW6421aqXL4ZEzPRFGkGT",
    "TUpMhErZL2fhh4sVNULAbNKLokS4GjC1F4",
    "TThzxNRLrW2Brp9DcTQU8i4Wd9udCWEdZ3",
    // WTRX, BTT, JST, SUN (new and old), NFT, WIN, BTC, WBTC
    "TNUC9Qb1rRpS5CbWLmNMxXBjyFoydXjWFR",
    "TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4",
    "TCFLL5dx5ZJdKnWuesXxi1VPwjLVmWZZy9",
    "TSSMHYeV2uE9qYH95DqyoCuNCzEL1NvU3S",
    "TKkeiboTkxXKJpbmVFbv4a8ov5rAfRDMf9",
    "TFczxzPhnThNSqr5by8tvxsdCFRRz6cPNq",
    "TLa2f6VPqDgRE67v1736s7bJ8Ray5wYjU7",
    "TN3W4H6rK2ce4vX9YnFQHwKENnHjoxb3m9",
    "TXpw8XeWYeTUd4quDskoUqeQPowRh4jY65",
];

const ZERO: TronAddress = TronAddress::from_bytes([0; 20]);

/// Why money that is sent to an address is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    #[error("it is the zero address, which belongs to nobody")]
    Zero,
    #[error("it is the contract of a token, which gives nothing back")]
    Contract,
    #[error(
        "its key is published, in the tests and examples of wallets, so that whoever reads those \
         can take what is paid to it"
    )]
    PublishedKey,
}

/// Whether money that is sent to the address is lost. On test networks published keys are what
/// examples are made of, and there is no money.
pub fn is_lost(network: Network, address: TronAddress) -> Option<Lost> {
    if address == ZERO {
        return Some(Lost::Zero);
    }
    if network != Network::Mainnet {
        return None;
    }
    let is_among = |all: &[&str]| all.iter().any(|one| one.parse() == Ok(address));
    if is_among(&CONTRACTS) {
        Some(Lost::Contract)
    } else if is_among(&SMALLEST_KEYS) || is_published(address) {
        Some(Lost::PublishedKey)
    } else {
        None
    }
}

fn is_published(address: TronAddress) -> bool {
    KEYS.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.parse::<AccountKey>().ok())
        .any(|key| (0..ADDRESSES_PER_KEY).any(|index| key.address(index) == Some(address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(address: &str) -> Option<Lost> {
        is_lost(Network::Mainnet, address.parse().unwrap())
    }

    #[test]
    fn what_is_listed_can_all_be_read() {
        for address in CONTRACTS.iter().chain(&SMALLEST_KEYS) {
            address.parse::<TronAddress>().unwrap();
        }
        let keys: Vec<&str> = KEYS.lines().filter(|line| !line.starts_with('#')).collect();
        let phrases = KEYS.lines().filter(|line| line.starts_with("# ")).count() - 4;
        assert_eq!(keys.len(), phrases * 4);
        for key in keys {
            key.parse::<AccountKey>().unwrap();
        }
    }

    /// Derived by another program.
    #[test]
    fn addresses_of_published_phrases_are_lost_on_the_main_network_only() {
        for address in [
            "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
            // "test … junk", the fourth address of the second account, and the first as of Ethereum.
            "TFsmbAta1ixYj1pfG9B4jdmffgsVPs9Yuj",
            "TYBNgWfhGuNzdLtjKtxXTfskAhTbMcqbaG",
            "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC",
        ] {
            assert_eq!(judged(address), Some(Lost::PublishedKey), "{address}");
            for network in [Network::Nile, Network::Shasta, Network::Simulated] {
                assert_eq!(is_lost(network, address.parse().unwrap()), None);
            }
        }
        assert_eq!(
            judged("TXDk8mbtRbXeYuMNS83CfKPaYYT8XWv9Hz"),
            Some(Lost::Contract)
        );
        let zero = "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb";
        assert_eq!(judged(zero), Some(Lost::Zero));
        assert_eq!(is_lost(Network::Simulated, ZERO), Some(Lost::Zero));
        let merchants = TronAddress::from_bytes([7; 20]);
        assert_eq!(is_lost(Network::Mainnet, merchants), None);
    }
}
