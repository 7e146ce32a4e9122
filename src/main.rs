//! The hosted checkout page.

fn main() {
    // The page lives as long as the window.
    std::mem::forget(usdt_checkout::page::start());
}
