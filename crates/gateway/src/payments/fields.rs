//! The fields of requests, parsed into types that cannot be wrong.

use usdt_protocol::address::ParseAddressError;
use usdt_protocol::money::{MICRO_PER_USDT, ParseUsdtError};
use usdt_protocol::redirect::RedirectUrlError;
use usdt_protocol::{RedirectUrl, Usdt};

use super::legible;
use super::metadata::MetadataError;

/// The most that one payment may ask for.
pub const MAX_AMOUNT: Usdt = Usdt::from_micro(1_000_000_000 * MICRO_PER_USDT);

const MAX_ORDER_ID_CHARS: usize = 128;
const MAX_DESCRIPTION_CHARS: usize = 512;

/// A field that the caller must mend. The text is the error message of the API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    #[error("{0} is required")]
    Missing(&'static str),
    #[error("{0} must be text or a number")]
    NotText(&'static str),
    #[error("order_id must have 1 to 128 characters without control characters")]
    OrderId,
    #[error("description must have at most 512 characters")]
    Description,
    #[error(
        "Amount must be a decimal number such as 50.00, with digits, at most one point and at \
         most 6 decimals"
    )]
    Amount,
    #[error("Amount must be greater than zero")]
    AmountNotPositive,
    #[error("Amount must be at most 1000000000")]
    AmountTooLarge,
    #[error("{0} {1}")]
    Url(&'static str, RedirectUrlError),
    #[error("{0} must be an absolute http or https URL")]
    UrlHost(&'static str),
    #[error("txid must be a transaction ID of 64 hex digits")]
    Txid,
    #[error("{0} must use https, except in test mode")]
    UrlNotHttps(&'static str),
    #[error("from must be the payer's address: it is {0}")]
    From(ParseAddressError),
    #[error("transaction must have raw_data_hex and one signature of 65 bytes, both in hex")]
    SignedTransaction,
    #[error("{0} must have 1 to {1} characters without control characters")]
    Line(&'static str, usize),
    #[error("{0} must be true or false")]
    NotFlag(&'static str),
    #[error("webhook_url must have at most 2048 characters")]
    WebhookUrlLength,
    #[error("webhook_url must lead to a public address, and not to port 0")]
    WebhookUrlPrivate,
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    #[error(
        "events must be a list of payment.expired, payment.review and payment.seen, or of some of them"
    )]
    Events,
    #[error("with must be a list of other transfers in review, each by its review_id")]
    Transfers,
    #[error("{0} must be the one in the URL")]
    NotOfPath(&'static str),
    #[error("price_currency must be three capital letters, such as EUR")]
    CurrencyCode,
    #[error("price_currency is none in which this project may price")]
    Currency,
    #[error("price_amount comes to more or less USDT than any payment can have")]
    PriceBounds,
    #[error("amount and price_amount cannot both be there")]
    AmountAndPrice,
    /// With what it must be.
    #[error("{0}")]
    NotOneOf(&'static str),
    #[error("Idempotency-Key was used for another request: take a new one for each")]
    IdempotencyKey,
}

/// The merchant's own order number, byte for byte as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderId(String);

impl OrderId {
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let length = text.chars().count();
        if (1..=MAX_ORDER_ID_CHARS).contains(&length)
            && !text.chars().any(legible::is_disruptive)
            && legible::is_visible(text)
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldError::OrderId)
        }
    }

    /// One that an older version may have taken by other rules: its payment stays readable.
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A description for the merchant's own records, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// What is left of the text without characters that only do harm: no sale is lost for them.
    /// Line breaks and tabs become spaces. `None` where nothing is left.
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        let parts: Vec<String> = text
            .split(|c: char| c.is_control() && c.is_whitespace() || "\u{2028}\u{2029}".contains(c))
            .map(|part| {
                part.chars()
                    .filter(|&c| !legible::is_disruptive(c) && !legible::is_void(c))
                    .collect::<String>()
            })
            .filter(|part| !part.is_empty())
            .collect();
        let line = parts.join(" ");
        if line.chars().count() > MAX_DESCRIPTION_CHARS {
            return Err(FieldError::Description);
        }
        Ok(Some(Self(line)).filter(|line| !line.0.is_empty()))
    }

    /// One that an older version may have taken by other rules: its payment stays readable.
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads an amount that may be asked for, from decimal text.
pub fn parse_amount(text: &str) -> Result<Usdt, FieldError> {
    // A well-formed negative number deserves the message that names what is wrong with it.
    if text
        .strip_prefix('-')
        .is_some_and(|rest| rest.parse::<Usdt>().is_ok())
    {
        return Err(FieldError::AmountNotPositive);
    }
    match text.parse::<Usdt>() {
        Ok(Usdt::ZERO) => Err(FieldError::AmountNotPositive),
        Ok(amount) if amount <= MAX_AMOUNT => Ok(amount),
        Ok(_) | Err(ParseUsdtError::TooLarge) => Err(FieldError::AmountTooLarge),
        Err(ParseUsdtError::NotDecimal | ParseUsdtError::TooManyDecimals) => {
            Err(FieldError::Amount)
        }
    }
}

/// Reads a redirect URL; `http` only where the project is in test mode.
pub fn parse_redirect(
    field: &'static str,
    text: &str,
    test_mode: bool,
) -> Result<RedirectUrl, FieldError> {
    let url: RedirectUrl = text
        .parse()
        .map_err(|error| FieldError::Url(field, error))?;
    // The full parser refuses hosts that the light one cannot judge.
    let host_is_sound = url::Url::parse(url.as_str()).is_ok_and(|parsed| parsed.has_host());
    if !host_is_sound {
        return Err(FieldError::UrlHost(field));
    }
    if !test_mode && !url.is_https() {
        return Err(FieldError::UrlNotHttps(field));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_must_be_positive_and_bounded() {
        assert_eq!(parse_amount("50.00"), Ok(Usdt::from_micro(50_000_000)));
        assert_eq!(parse_amount("1000000000"), Ok(MAX_AMOUNT));
        assert_eq!(
            parse_amount("1000000000.000001"),
            Err(FieldError::AmountTooLarge)
        );
        assert_eq!(
            parse_amount("99999999999999999999"),
            Err(FieldError::AmountTooLarge)
        );
        for zero in ["0", "0.00", "-1", "-0.5", "-0"] {
            assert_eq!(
                parse_amount(zero),
                Err(FieldError::AmountNotPositive),
                "{zero}"
            );
        }
        for text in ["", "1e3", "1,000", "+5", "--5", "0.1234567", "abc", "5 "] {
            assert_eq!(parse_amount(text), Err(FieldError::Amount), "{text}");
        }
    }

    #[test]
    fn plain_http_is_for_test_mode_only() {
        let url = "http://shop.example/ok";
        assert_eq!(
            parse_redirect("success_url", url, false),
            Err(FieldError::UrlNotHttps("success_url"))
        );
        assert!(parse_redirect("success_url", url, true).is_ok());
        assert_eq!(
            parse_redirect("fail_url", "https://[::1/", true),
            Err(FieldError::UrlHost("fail_url"))
        );
    }

    #[test]
    fn order_ids_are_bounded_printable_and_can_be_seen() {
        for text in [&*"é".repeat(128), " 7 ", "a\u{200b}b"] {
            assert_eq!(OrderId::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "a\nb",
            "\u{7f}",
            "\u{85}a",
            "a\u{202e}b",
            " ",
            "\u{200b}",
            "\u{a0}\u{3000}",
            &"a".repeat(129),
        ] {
            assert_eq!(OrderId::parse(text), Err(FieldError::OrderId), "{text:?}");
        }
    }

    #[test]
    fn descriptions_lose_what_only_does_harm_and_nothing_else() {
        let line = |text: &str| {
            let description = Description::parse(text).unwrap();
            description.map(|description| description.0)
        };
        for (text, left) in [
            ("Pizza\r\n\tCola\n", "Pizza Cola"),
            ("a\0b\u{1b}[2Jc\u{9b}", "ab[2Jc"),
            ("\u{202e}pohs\u{202c}\u{2066}", "pohs"),
            ("\u{feff}a\u{200b}b", "ab"),
            (" two  blanks ", " two  blanks "),
            (
                "👩\u{200d}💻 ❤\u{fe0f} می\u{200c}خواهم",
                "👩\u{200d}💻 ❤\u{fe0f} می\u{200c}خواهم",
            ),
        ] {
            assert_eq!(line(text).as_deref(), Some(left), "{text:?}");
        }
        assert_eq!(line("\0\u{200b}\n"), None);
        assert!(Description::parse(&format!("{}\0\n", "é".repeat(512))).is_ok());
        assert_eq!(
            Description::parse(&"a".repeat(513)),
            Err(FieldError::Description)
        );
    }
}
