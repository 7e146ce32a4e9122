//! `usdt-gateway project brand`: how a project's payment pages look.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use usdt_checkout::core::presentation::Theme;
use usdt_checkout::core::support::{SupportLink, SupportLinkError};
use usdt_checkout::server::language::Language;

use super::Failure;
use super::author::author;
use crate::brand::logo::MAX_BYTES;
use crate::brand::palette::Palette;
use crate::brand::{Brand, BrandName, Color, Logo, LogoName};
use crate::config::Config;
use crate::data;
use crate::payments::ProjectId;
use crate::store::AddressError;

/// Without options that change something, it shows what is set.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a flag for each part that can be removed"
)]
pub struct Arguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
    /// Who is paid, in the page's heading
    #[arg(long)]
    name: Option<BrandName>,
    /// A square picture: PNG, JPEG, WebP or SVG, of 64 KiB at most
    #[arg(long, value_name = "FILE")]
    logo: Option<PathBuf>,
    /// The color of buttons and links, such as #08775c; made darker or lighter where it could not
    /// be read
    #[arg(long)]
    color: Option<Color>,
    /// Where payers ask for help: an https URL, or mailto: and an address
    #[arg(long, value_name = "LINK", value_parser = parse_support)]
    support: Option<SupportLink>,
    /// Light, dark, or as the payer's device has it
    #[arg(long, value_enum)]
    theme: Option<ThemeChoice>,
    /// The language for payers whose browser accepts none that the page speaks
    #[arg(long, value_name = "CODE", value_parser = parse_language)]
    language: Option<&'static Language>,
    /// Name nobody
    #[arg(long, conflicts_with = "name")]
    no_name: bool,
    /// Show the token's sign instead
    #[arg(long, conflicts_with = "logo")]
    no_logo: bool,
    /// Use the page's own color
    #[arg(long, conflicts_with = "color")]
    no_color: bool,
    /// Show no link for help
    #[arg(long, conflicts_with = "support")]
    no_support: bool,
    /// Use English
    #[arg(long, conflicts_with = "language")]
    no_language: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ThemeChoice {
    Auto,
    Light,
    Dark,
}

impl From<ThemeChoice> for Option<Theme> {
    fn from(choice: ThemeChoice) -> Self {
        match choice {
            ThemeChoice::Auto => None,
            ThemeChoice::Light => Some(Theme::Light),
            ThemeChoice::Dark => Some(Theme::Dark),
        }
    }
}

fn parse_support(text: &str) -> Result<SupportLink, String> {
    text.parse()
        .map_err(|error: SupportLinkError| format!("the link {error}"))
}

fn parse_language(text: &str) -> Result<&'static Language, String> {
    let all = Language::all();
    all.iter()
        .find(|language| language.code.eq_ignore_ascii_case(text))
        .ok_or_else(|| {
            let codes: Vec<&str> = all.iter().map(|language| language.code).collect();
            format!("the page speaks {}", codes.join(", "))
        })
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let logo = arguments.logo.as_deref().map(read_logo).transpose()?;
    let (store, _) = data::open(&config).await?;
    if store.project(id).await?.is_none() {
        return Err(AddressError::UnknownProject(id).into());
    }
    let mut brand = store.brand(id).await?;
    if arguments.changes_something() {
        arguments.apply(&mut brand, logo.as_ref());
        store
            .set_brand(id, &brand, logo.as_ref(), &author())
            .await?;
    }
    store.close().await;
    show(id, &brand);
    Ok(())
}

impl Arguments {
    fn changes_something(&self) -> bool {
        let sets = self.name.is_some()
            || self.logo.is_some()
            || self.color.is_some()
            || self.support.is_some()
            || self.theme.is_some()
            || self.language.is_some();
        let removes =
            self.no_name || self.no_logo || self.no_color || self.no_support || self.no_language;
        sets || removes
    }

    fn apply(self, brand: &mut Brand, logo: Option<&Logo>) {
        set(&mut brand.name, self.name, self.no_name);
        set(&mut brand.logo, logo.map(Logo::name), self.no_logo);
        set(&mut brand.color, self.color, self.no_color);
        set(&mut brand.support, self.support, self.no_support);
        set(&mut brand.language, self.language, self.no_language);
        if let Some(theme) = self.theme {
            brand.theme = theme.into();
        }
    }
}

fn set<T>(field: &mut Option<T>, given: Option<T>, removed: bool) {
    if given.is_some() || removed {
        *field = given;
    }
}

fn read_logo(path: &Path) -> Result<Logo, Failure> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error: io::Error| {
            format!("the logo {} cannot be read: {error}", path.display())
        })?;
    Ok(Logo::parse(bytes)?)
}

fn show(id: ProjectId, brand: &Brand) {
    let text = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    println!("The payment pages of project {id}:");
    println!(
        "Name:     {}",
        text(brand.name.as_ref().map(|name| name.as_str().to_owned()))
    );
    println!("Logo:     {}", text(brand.logo.map(LogoName::path)));
    println!("Color:    {}", text(brand.color.map(describe_color)));
    println!(
        "Support:  {}",
        text(brand.support.as_ref().map(ToString::to_string))
    );
    println!("Theme:    {}", brand.theme.map_or("auto", Theme::as_str));
    println!(
        "Language: {}",
        brand.language.map_or("none", |language| language.code)
    );
}

/// The color as it is given and, where readers need another shade, as it is shown.
fn describe_color(color: Color) -> String {
    let Palette { light, dark } = Palette::of(color);
    format!(
        "{color}, shown as {} on light and {} on dark",
        light.brand, dark.brand
    )
}
