//! The hosted checkout page.

/// It weighs less than the one that comes with std.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn main() {
    // The page lives as long as the window.
    std::mem::forget(usdt_checkout::browser::hosted::start());
}
