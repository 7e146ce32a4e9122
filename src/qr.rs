//! The QR code of an address, as the path of an SVG.

use std::fmt::Write as _;

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

/// Light modules around the code, which scanners need to find it.
const QUIET_ZONE: usize = 4;

/// A QR code: its dark modules as path data in a square of `side` units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrPath {
    pub side: usize,
    pub path: String,
}

/// Draws `text` with error correction M. `None` if it is too long for any QR code.
pub fn draw(text: &str) -> Option<QrPath> {
    let code = encode(text)?;
    let width = code.width();
    let colors = code.into_colors();
    let mut path = String::new();
    for (row, modules) in colors.chunks(width).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                let (x, y, length) = (column + QUIET_ZONE, row + QUIET_ZONE, run.len());
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
            }
            column += run.len();
        }
    }
    Some(QrPath {
        side: width + 2 * QUIET_ZONE,
        path,
    })
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

    /// Reads the path back into dark modules.
    fn modules(qr: &QrPath) -> Vec<(usize, usize)> {
        qr.path
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
            .collect()
    }

    #[test]
    fn the_path_draws_exactly_the_dark_modules_inside_a_quiet_zone() {
        let qr = draw(ADDRESS).unwrap();
        let code = QrCode::with_error_correction_level(ADDRESS, EcLevel::M).unwrap();
        assert_eq!(qr.side, code.width() + 8);
        let mut expected = Vec::new();
        for y in 0..code.width() {
            for x in 0..code.width() {
                if code[(x, y)] == Color::Dark {
                    expected.push((x + 4, y + 4));
                }
            }
        }
        assert_eq!(modules(&qr), expected);
    }

    #[test]
    fn an_address_stays_coarse_enough_to_scan_from_a_small_picture() {
        let qr = draw(ADDRESS).unwrap();
        assert!(qr.side <= 37, "{} modules wide", qr.side);
    }
}
