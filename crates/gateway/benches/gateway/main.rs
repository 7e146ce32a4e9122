//! How fast the gateway answers, beside the least that the same machine needs for it, in the same run
//! and in turns: the real program, asked over its socket.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement may fail loudly"
)]

mod creates;
mod load;
#[path = "../shared/process.rs"]
mod process;
mod report;
mod site;
mod status;
mod wire;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if first.as_deref() == Some(status::BARE) {
        let body = arguments.next().unwrap();
        return runtime.block_on(status::serve_bare(body.as_ref()));
    }
    // Cargo says `--bench` where nothing is chosen.
    let chosen = first.filter(|name| !name.starts_with('-'));
    let is_chosen = |name: &str| chosen.as_deref().is_none_or(|chosen| chosen == name);
    let server = (std::env::var("PGBENCH"), std::env::var("TEST_POSTGRES"));
    runtime.block_on(async {
        report::heading();
        if is_chosen("creates") {
            creates::on_file().await;
            if let (Ok(pgbench), Ok(server)) = &server {
                creates::on_server(pgbench, server).await;
            }
        }
        if is_chosen("status") {
            if let (_, Ok(server)) = &server {
                status::of_three(server).await;
            }
            status::beside_bare().await;
        }
        if is_chosen("memory") {
            status::memory().await;
        }
    });
}
