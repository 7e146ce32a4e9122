//! A merchant's brand: what of the payment page is his own.

pub mod color;
pub mod logo;
pub mod name;
pub mod palette;

use usdt_checkout::core::presentation::Theme;
use usdt_checkout::core::support::SupportLink;
use usdt_checkout::server::language::Language;

pub use self::color::Color;
pub use self::logo::{Logo, LogoName};
pub use self::name::BrandName;

/// How the payment pages of a project look; what is `None` is left to the gateway.
#[derive(Clone, Debug, Default)]
pub struct Brand {
    /// Who is paid, in the heading.
    pub name: Option<BrandName>,
    pub logo: Option<LogoName>,
    pub color: Option<Color>,
    /// Where payers ask for help.
    pub support: Option<SupportLink>,
    /// `None` follows the payer's device.
    pub theme: Option<Theme>,
    /// For payers whose browser accepts no language that the page speaks.
    pub language: Option<&'static Language>,
}
