//! A QR code as a picture of its own: as an image, no browser that darkens pages recolours it.

use std::fmt::Write as _;

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

/// Light modules around the code, which scanners need to find it.
const QUIET_ZONE: usize = 4;

/// The URL of an SVG: dark modules on a white ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrPicture(String);

/// Draws `text` with error correction M. `None` if it is too long for any QR code.
pub fn draw(text: &str) -> Option<QrPicture> {
    let code = encode(text)?;
    let width = code.width();
    let colors = code.into_colors();
    let side = width + 2 * QUIET_ZONE;
    let mut url = format!(
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {side} {side}' \
         shape-rendering='crispEdges'><path fill='%23fff' d='M0 0h{side}v{side}H0z'/><path d='"
    );
    for (row, modules) in colors.chunks(width).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                let (x, y, length) = (column + QUIET_ZONE, row + QUIET_ZONE, run.len());
                // Writing to a String cannot fail.
                let _ = write!(url, "M{x} {y}h{length}v1h-{length}z");
            }
            column += run.len();
        }
    }
    url.push_str("'/></svg>");
    Some(QrPicture(url))
}

impl QrPicture {
    pub fn url(&self) -> &str {
        &self.0
    }
}

/// The smallest code that holds the bytes as they are. What the crate itself would try, to mix
/// shorter alphabets in, does not pay for an address and weighs much on the page.
fn encode(text: &str) -> Option<QrCode> {
    let bits = (1..=40).find_map(|version| {
        let mut bits = Bits::new(Version::Normal(version));
        bits.push_byte_data(text.as_bytes()).ok()?;
        bits.push_terminator(EcLevel::M).ok()?;
        Some(bits)
    })?;
    QrCode::with_bits(bits, EcLevel::M).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH";

    /// Reads the picture back: its side, and its dark modules.
    fn modules(qr: &QrPicture) -> (usize, Vec<(usize, usize)>) {
        let (head, path) = qr.url().split_once("<path d='").unwrap();
        let (_, ground) = head.split_once("fill='%23fff' d='M0 0h").unwrap();
        let (side, _) = ground.split_once('v').unwrap();
        let (path, _) = path.split_once('\'').unwrap();
        let modules = path
            .split('M')
            .filter(|run| !run.is_empty())
            .flat_map(|run| {
                let (x, rest) = run.split_once(' ').unwrap();
                let (y, rest) = rest.split_once('h').unwrap();
                let (length, back) = rest.split_once("v1h-").unwrap();
                assert_eq!(back, format!("{length}z"));
                let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
                (0..length.parse().unwrap()).map(move |i: usize| (x + i, y))
            })
            .collect();
        (side.parse().unwrap(), modules)
    }

    #[test]
    fn the_picture_draws_exactly_the_dark_modules_inside_a_quiet_zone() {
        let qr = draw(ADDRESS).unwrap();
        let code = QrCode::with_error_correction_level(ADDRESS, EcLevel::M).unwrap();
        let (side, drawn) = modules(&qr);
        assert_eq!(side, code.width() + 8);
        let mut expected = Vec::new();
        for y in 0..code.width() {
            for x in 0..code.width() {
                if code[(x, y)] == Color::Dark {
                    expected.push((x + 4, y + 4));
                }
            }
        }
        assert_eq!(drawn, expected);
    }

    #[test]
    fn an_address_stays_coarse_enough_to_scan_from_a_small_picture() {
        let (side, _) = modules(&draw(ADDRESS).unwrap());
        assert!(side <= 37, "{side} modules wide");
    }
}
