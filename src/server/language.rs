//! The languages of the page, and which of them a payer reads.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::core::text::Texts;

/// A language that the page speaks.
#[derive(Debug)]
pub struct Language {
    /// As in BCP 47: `pt-BR`.
    pub code: &'static str,
    /// Its own name for itself.
    pub name: &'static str,
    pub direction: Direction,
    pub(crate) texts: Texts,
}

/// Where lines begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    LeftToRight,
    RightToLeft,
}

impl Direction {
    /// The value of HTML's `dir`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

macro_rules! languages {
    ($($code:literal $name:literal $direction:ident,)+) => {
        static ALL: LazyLock<Vec<Language>> = LazyLock::new(|| {
            let files = [$((
                $code,
                $name,
                Direction::$direction,
                include_str!(concat!("../../languages/", $code, ".json")),
            ),)+];
            files
                .into_iter()
                .map(|(code, name, direction, file)| Language {
                    code,
                    name,
                    direction,
                    texts: texts(file),
                })
                .collect()
        });
    };
}

// English comes first: it is what nobody else claims.
languages! {
    "en" "English" LeftToRight,
    "de" "Deutsch" LeftToRight,
    "es" "Español" LeftToRight,
    "fr" "Français" LeftToRight,
    "id" "Bahasa Indonesia" LeftToRight,
    "it" "Italiano" LeftToRight,
    "nl" "Nederlands" LeftToRight,
    "pl" "Polski" LeftToRight,
    "pt-BR" "Português (Brasil)" LeftToRight,
    "vi" "Tiếng Việt" LeftToRight,
    "tr" "Türkçe" LeftToRight,
    "ru" "Русский" LeftToRight,
    "uk" "Українська" LeftToRight,
    "he" "עברית" RightToLeft,
    "ar" "العربية" RightToLeft,
    "fa" "فارسی" RightToLeft,
    "ur" "اردو" RightToLeft,
    "hi" "हिन्दी" LeftToRight,
    "bn" "বাংলা" LeftToRight,
    "th" "ไทย" LeftToRight,
    "ko" "한국어" LeftToRight,
    "ja" "日本語" LeftToRight,
    "zh-CN" "简体中文" LeftToRight,
    "zh-TW" "繁體中文" LeftToRight,
}

/// The texts in the order of their names. A test sees that none is missing in any file.
fn texts(file: &str) -> Texts {
    let named: BTreeMap<&str, String> = serde_json::from_str(file).unwrap_or_default();
    let lines: Vec<&str> = Texts::NAMES
        .iter()
        .map(|&name| named.get(name).map_or("", String::as_str))
        .collect();
    Texts::from_lines(&lines.join("\n"))
}

impl Language {
    /// All languages, by their codes.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The language of `code`, whatever its case. A region that is not there leaves its language:
    /// `de-AT` is `de`, and any Portuguese is better than none.
    pub fn of(code: &str) -> Option<&'static Self> {
        let code = code.trim().to_ascii_lowercase().replace('_', "-");
        let code = today(&code);
        let traditional = ["zh-hant", "zh-hk", "zh-mo"]
            .iter()
            .any(|start| code.starts_with(start));
        let code = if traditional { "zh-tw" } else { code };
        let primary = |code: &str| code.split('-').next().map(str::to_ascii_lowercase);
        let same = |language: &&Self| language.code.eq_ignore_ascii_case(code);
        let alike = |language: &&Self| primary(language.code) == primary(code);
        ALL.iter()
            .find(same)
            .or_else(|| ALL.iter().find(alike).filter(|_| !code.is_empty()))
    }

    /// The first language that is spoken: the one asked for, then those that the browser accepts
    /// (`Accept-Language`, RFC 9110), then the merchant's.
    pub fn choose(asked: Option<&str>, accepted: &str, default: Option<&str>) -> &'static Self {
        asked
            .and_then(Self::of)
            .or_else(|| by_preference(accepted).into_iter().find_map(Self::of))
            .or_else(|| default.and_then(Self::of))
            .unwrap_or_else(Self::english)
    }

    fn english() -> &'static Self {
        static NONE: Language = Language {
            code: "en",
            name: "English",
            direction: Direction::LeftToRight,
            texts: Texts::none(),
        };
        ALL.first().unwrap_or(&NONE)
    }
}

/// The code of today, where `code` is one that was replaced in 1989 and that Android still sends.
fn today(code: &str) -> &str {
    match code.split('-').next() {
        Some("iw") => "he",
        Some("in") => "id",
        _ => code,
    }
}

/// The codes of an `Accept-Language`, the most wanted first.
fn by_preference(accepted: &str) -> Vec<&str> {
    let mut wanted: Vec<(u16, &str)> = accepted
        .split(',')
        .take(32)
        .filter_map(|item| {
            let (code, weight) = item.split_once(';').unwrap_or((item, "q=1"));
            Some((per_mille(weight.trim().strip_prefix("q=")?)?, code.trim()))
        })
        .filter(|&(weight, code)| weight > 0 && code != "*")
        .collect();
    // Stable: of equal weight, the first counts.
    wanted.sort_by_key(|&(weight, _)| std::cmp::Reverse(weight));
    wanted.into_iter().map(|(_, code)| code).collect()
}

/// A weight from 0 to 1 with up to three decimals.
fn per_mille(weight: &str) -> Option<u16> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    if whole.len() != 1 || decimals.len() > 3 {
        return None;
    }
    format!("{whole}{decimals:0<3}")
        .parse()
        .ok()
        .filter(|&weight| weight <= 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The placeholders of a text, sorted.
    fn placeholders(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> = text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
            .collect();
        found.sort_unstable();
        found
    }

    fn file(code: &str) -> BTreeMap<String, String> {
        let path = format!("{}/languages/{code}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn every_language_has_every_text_with_every_placeholder_and_no_more() {
        let english = file("en");
        let names: Vec<&str> = english.keys().map(String::as_str).collect();
        let mut known = Texts::NAMES.to_vec();
        known.sort_unstable();
        assert_eq!(names, known);
        for language in Language::all() {
            let texts = file(language.code);
            for (name, text) in &english {
                let translated = texts.get(name).map(String::as_str).unwrap_or_default();
                let place = format!("{name} in {}", language.code);
                assert!(!translated.trim().is_empty(), "{place} is missing");
                assert!(!translated.contains('\n'), "{place} has a line break");
                assert_eq!(placeholders(translated), placeholders(text), "{place}");
                let is_latin = |c: char| !c.is_numeric() || c.is_ascii_digit();
                assert!(translated.chars().all(is_latin), "{place} has odd digits");
            }
            assert_eq!(texts.len(), english.len(), "{}", language.code);
            assert!(!language.name.is_empty());
        }
    }

    #[test]
    fn every_file_is_spoken() {
        let folder = format!("{}/languages", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let code = name.strip_suffix(".json").unwrap();
            assert_eq!(Language::of(code).unwrap().code, code);
        }
    }

    #[test]
    fn the_payers_choice_comes_first_then_the_browsers_then_the_merchants() {
        for (asked, accepted, default, chosen) in [
            (None, "", None, "en"),
            (None, "", Some("ru"), "ru"),
            (None, "xx, yy;q=0.3", Some("ru"), "ru"),
            (None, "de-AT,de;q=0.9,en;q=0.8", Some("ru"), "de"),
            (None, "en;q=0.5, fr;q=0.7, *;q=0.1", None, "fr"),
            (None, "fr;q=0, en", None, "en"),
            (None, "pt-PT", None, "pt-BR"),
            (None, "zh-HK", None, "zh-TW"),
            (None, "zh-Hant-TW", None, "zh-TW"),
            (None, "zh", None, "zh-CN"),
            (None, "fr;q=2, ;;q=, \u{0}", None, "en"),
            (None, "iw-IL,iw;q=0.9,en-US;q=0.8", None, "he"),
            (None, "in-ID,in;q=0.9,en-US;q=0.8", None, "id"),
            (Some("iw"), "de", None, "he"),
            (Some("in_ID"), "de", None, "id"),
            (None, "int, iwx, en", None, "en"),
            (Some("JA"), "de", Some("ru"), "ja"),
            (Some("pt_BR"), "de", None, "pt-BR"),
            (Some("klingon"), "de", None, "de"),
            (Some(""), "de", None, "de"),
        ] {
            let language = Language::choose(asked, accepted, default);
            assert_eq!(language.code, chosen, "{asked:?} {accepted} {default:?}");
        }
    }

    #[test]
    fn texts_stand_in_the_order_in_which_they_are_sent() {
        for language in Language::all() {
            let folder = env!("CARGO_MANIFEST_DIR");
            let path = format!("{folder}/languages/{}.json", language.code);
            let file = std::fs::read_to_string(path).unwrap();
            let place = |name: &&str| file.find(&format!("\n  \"{name}\": "));
            assert!(Texts::NAMES.is_sorted_by_key(place), "{}", language.code);
            assert!(Texts::NAMES.iter().all(|name| place(name).is_some()));
        }
    }

    #[test]
    fn weights_have_at_most_three_decimals() {
        for (text, weight) in [
            ("1", Some(1_000)),
            ("0.8", Some(800)),
            ("0.855", Some(855)),
            ("0", Some(0)),
            ("1.1", None),
            ("0.1234", None),
            ("-1", None),
            ("x", None),
        ] {
            assert_eq!(per_mille(text), weight, "{text}");
        }
    }
}
