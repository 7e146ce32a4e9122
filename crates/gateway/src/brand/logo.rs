//! A merchant's logo: a picture that is what its bytes say, and that does nothing but show.

use std::fmt;
use std::str::FromStr;

use roxmltree::{Attribute, Document, Node, NodeType};
use sha2::{Digest as _, Sha256};
use usdt_protocol::txid::{Hex, decode_hex};

/// The largest logo, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

const HASH_BYTES: usize = 16;

const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// A picture that browsers show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Png,
    Jpeg,
    Webp,
    Svg,
}

impl Format {
    const ALL: [Self; 4] = [Self::Png, Self::Jpeg, Self::Webp, Self::Svg];

    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Svg => "svg",
        }
    }

    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Svg => "image/svg+xml",
        }
    }

    /// Where none of the binary formats is recognised, it must be SVG.
    fn of(bytes: &[u8]) -> Result<Self, LogoError> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Ok(Self::Png);
        }
        if bytes.starts_with(b"\xff\xd8\xff") {
            return Ok(Self::Jpeg);
        }
        if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            return Ok(Self::Webp);
        }
        check_svg(std::str::from_utf8(bytes).map_err(|_| LogoError::Unknown)?)?;
        Ok(Self::Svg)
    }
}

/// Why a file cannot be a logo: the operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    #[error("the logo has more than 64 KiB")]
    TooLarge,
    #[error("the logo is neither a PNG, JPEG or WebP nor an SVG picture")]
    Unknown,
    #[error("the logo's SVG cannot be read: {0}")]
    Malformed(roxmltree::Error),
    #[error("the logo's SVG holds {0}, which could run code: remove it")]
    Active(String),
    #[error("the logo's SVG refers to something outside of itself in {0}: remove it")]
    External(String),
}

/// The name under which a logo is served: the hash of its content, and its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogoName {
    hash: [u8; HASH_BYTES],
    format: Format,
}

impl LogoName {
    pub const fn format(self) -> Format {
        self.format
    }

    /// Where the gateway serves it.
    pub fn path(self) -> String {
        format!("/brand/{self}")
    }
}

impl fmt::Display for LogoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", Hex(&self.hash), self.format.extension())
    }
}

/// No logo can have this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoLogoName;

impl FromStr for LogoName {
    type Err = NoLogoName;

    fn from_str(text: &str) -> Result<Self, NoLogoName> {
        let (hash, extension) = text.split_once('.').ok_or(NoLogoName)?;
        let format = Format::ALL
            .into_iter()
            .find(|format| format.extension() == extension);
        Ok(Self {
            hash: decode_hex(hash).ok_or(NoLogoName)?,
            format: format.ok_or(NoLogoName)?,
        })
    }
}

/// A picture that may be shown on the payment page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    name: LogoName,
    bytes: Vec<u8>,
}

impl Logo {
    /// Recognises the format by the content.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, LogoError> {
        if bytes.len() > MAX_BYTES {
            return Err(LogoError::TooLarge);
        }
        let format = Format::of(&bytes)?;
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let mut hash = [0; HASH_BYTES];
        hash.iter_mut()
            .zip(digest)
            .for_each(|(byte, digested)| *byte = digested);
        Ok(Self {
            name: LogoName { hash, format },
            bytes,
        })
    }

    pub const fn name(&self) -> LogoName {
        self.name
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A document type would bring entities, and is refused by the parser.
fn check_svg(text: &str) -> Result<(), LogoError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with('<') {
        return Err(LogoError::Unknown);
    }
    let document = Document::parse(text).map_err(LogoError::Malformed)?;
    let root = document.root_element().tag_name();
    if root.name() != "svg" || root.namespace() != Some("http://www.w3.org/2000/svg") {
        return Err(LogoError::Unknown);
    }
    document.descendants().try_for_each(check_node)
}

fn check_node(node: Node<'_, '_>) -> Result<(), LogoError> {
    match node.node_type() {
        // A style sheet, from wherever it is.
        NodeType::PI => Err(LogoError::External("a processing instruction".to_owned())),
        NodeType::Element => {
            let name = node.tag_name();
            let is_active = matches!(name.name(), "script" | "foreignObject" | "handler")
                || name.namespace() == Some(XHTML);
            if is_active {
                return Err(LogoError::Active(format!("<{}>", name.name())));
            }
            if name.name() == "style" {
                let css: String = node.descendants().filter_map(|one| one.text()).collect();
                check_css(&css, "<style>")?;
            }
            node.attributes().try_for_each(check_attribute)
        }
        NodeType::Root | NodeType::Comment | NodeType::Text => Ok(()),
    }
}

fn check_attribute(attribute: Attribute<'_, '_>) -> Result<(), LogoError> {
    let (name, value) = (attribute.name(), attribute.value().trim());
    let is_handler = |name: &str| {
        name.get(..2)
            .is_some_and(|on| on.eq_ignore_ascii_case("on"))
    };
    // An animation can set any other attribute.
    let sets_link = name == "attributeName" && value.ends_with("href");
    if is_handler(name) || (name == "attributeName" && is_handler(value)) || sets_link {
        return Err(LogoError::Active(format!("{name}=\"{value}\"")));
    }
    if matches!(name, "href" | "src" | "base") && !is_inside(value) {
        return Err(LogoError::External(name.to_owned()));
    }
    check_css(value, name)
}

/// Whether a reference leads to a part of the same document, or to a picture within it.
fn is_inside(reference: &str) -> bool {
    let starts = ["#", "data:image/png", "data:image/jpeg", "data:image/webp"];
    starts.iter().any(|start| reference.starts_with(start))
}

/// Escapes could hide what is looked for.
fn check_css(css: &str, place: &str) -> Result<(), LogoError> {
    let css = css.to_ascii_lowercase();
    let references = css.split("url(").skip(1);
    let are_inside = references
        .map(|rest| rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')))
        .all(is_inside);
    let loads = ["@import", "image-set(", "image(", "src(", "\\"]
        .iter()
        .any(|word| css.contains(word));
    if are_inside && !loads {
        Ok(())
    } else {
        Err(LogoError::External(place.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn svg(inside: &str) -> Vec<u8> {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" \
             xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 8 8\">{inside}</svg>"
        )
        .into_bytes()
    }

    #[test]
    fn the_content_tells_the_format_and_names_the_logo() {
        for (bytes, extension) in [
            (b"\x89PNG\r\n\x1a\n....".to_vec(), "png"),
            (b"\xff\xd8\xff\xe0....".to_vec(), "jpg"),
            (b"RIFF\x04\0\0\0WEBPVP8 ".to_vec(), "webp"),
            (svg("<path d='M0 0h8v8z'/>"), "svg"),
            ([b"\xef\xbb\xbf".to_vec(), svg("")].concat(), "svg"),
            (
                [b"<?xml version='1.0'?>\n".to_vec(), svg("")].concat(),
                "svg",
            ),
        ] {
            let logo = Logo::parse(bytes).unwrap();
            let name = logo.name().to_string();
            assert!(name.ends_with(&format!(".{extension}")), "{name}");
            assert_eq!(name.parse(), Ok(logo.name()));
        }
        let (one, two) = (Logo::parse(svg("")), Logo::parse(svg(" ")));
        assert_ne!(one.unwrap().name(), two.unwrap().name());
    }

    #[test]
    fn what_an_svg_draws_with_its_own_parts_is_allowed() {
        for inside in [
            "<style>.a{fill:url(#g)} .b { fill: url( '#g' ) }</style>",
            "<use href=\"#a\"/><use xlink:href=\"#a\"/>",
            "<path fill=\"url(#g)\" style=\"clip-path:url(&quot;#c&quot;)\"/>",
            "<image href=\"data:image/png;base64,AAAA\"/>",
            "<animate attributeName=\"opacity\" values=\"0;1\"/>",
            "<!-- <script> --><text>url(https://x) onload=1</text>",
        ] {
            let parsed = Logo::parse(svg(inside));
            assert!(parsed.is_ok(), "{inside}: {parsed:?}");
        }
    }

    #[test]
    fn an_svg_that_acts_or_loads_is_refused() {
        for inside in [
            "<script>alert(1)</script>",
            "<s:script xmlns:s=\"http://www.w3.org/2000/svg\"/>",
            "<h:script xmlns:h=\"http://www.w3.org/1999/xhtml\" src=\"#\"/>",
            "<h:img xmlns:h=\"http://www.w3.org/1999/xhtml\"/>",
            "<foreignObject/>",
            "<g onload=\"alert(1)\"/>",
            "<g oNclick=\"\"/>",
            "<set attributeName=\"href\" to=\"javascript:alert(1)\"/>",
            "<set attributeName=\" xlink:href \" to=\"#\"/>",
            "<set attributeName=\"onclick\" to=\"alert(1)\"/>",
        ] {
            let refusal = Logo::parse(svg(inside)).unwrap_err();
            assert!(matches!(refusal, LogoError::Active(_)), "{inside}");
        }
        for inside in [
            "<a href=\"javascript:alert(1)\"/>",
            "<a href=\" java&#10;script:alert(1)\"/>",
            "<image xlink:href=\"https://evil.example/x.png\"/>",
            "<image href=\"//evil.example/x.png\"/>",
            "<image href=\"data:image/svg+xml,x\"/>",
            "<g xml:base=\"https://evil.example/\"/>",
            "<path fill=\"url(https://evil.example/#g)\"/>",
            "<path style=\"fill:URL( 'https://evil.example/#g')\"/>",
            "<path style=\"fill:\\75rl(https://evil.example/#g)\"/>",
            "<style>@import 'https://evil.example/';</style>",
            "<style><![CDATA[a{background:url(//evil.example)}]]></style>",
            "<?xml-stylesheet href=\"https://evil.example/\"?>",
        ] {
            let refusal = Logo::parse(svg(inside)).unwrap_err();
            assert!(matches!(refusal, LogoError::External(_)), "{inside}");
        }
    }

    #[test]
    fn what_is_no_small_picture_is_refused() {
        for bytes in [
            &b""[..],
            b"GIF89a",
            b"%PDF-1.7",
            b"<html><script>alert(1)</script></html>",
            b"<svg/>",
            b"RIFF....WAVE",
            b"\xff\xfe<\0s\0v\0g\0",
            b"hello",
        ] {
            assert_eq!(
                Logo::parse(bytes.to_vec()),
                Err(LogoError::Unknown),
                "{bytes:?}"
            );
        }
        let entity = b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'/>";
        let nested = svg(&"<g>".repeat(MAX_BYTES / 3 - 60));
        for bytes in [entity.to_vec(), svg("<g>"), nested] {
            let refusal = Logo::parse(bytes).unwrap_err();
            assert!(matches!(refusal, LogoError::Malformed(_)), "{refusal:?}");
        }
        let large = svg(&" ".repeat(MAX_BYTES));
        assert_eq!(Logo::parse(large), Err(LogoError::TooLarge));
    }

    #[test]
    fn only_a_hash_and_a_known_extension_can_be_a_name() {
        let hash = "00112233445566778899aabbccddeeff";
        for name in [
            String::new(),
            hash.to_owned(),
            format!("{hash}.html"),
            format!("{hash}.png.html"),
            format!("../{hash}.png"),
            format!("{hash}00.png"),
        ] {
            assert_eq!(name.parse::<LogoName>(), Err(NoLogoName), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_content_breaks_the_check(text in "[<>svg/ =\"':#(\\\\&;a-z!?-]{0,80}") {
            let _ = Logo::parse(svg(&text));
            let _ = Logo::parse(text.into_bytes());
        }
    }
}
