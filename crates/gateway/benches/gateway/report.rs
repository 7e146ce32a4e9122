//! One line for each figure: what is wanted, and what was measured.

pub fn heading() {
    println!("{:<78}{:>10}{:>10}", "", "wanted", "measured");
}

/// A size that must not be larger.
pub fn row_of_most(what: &str, most: u64, measured: u64) {
    let verdict = if measured <= most { "" } else { "  MISSED" };
    println!("{what:<78}{most:>10}{measured:>10}{verdict}");
}

/// A ratio that must not be smaller.
pub fn row(what: &str, wanted: f64, measured: f64) {
    let verdict = if measured >= wanted { "" } else { "  MISSED" };
    println!("{what:<78}{wanted:>10.2}{measured:>10.2}{verdict}");
}
