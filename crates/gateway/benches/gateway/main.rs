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
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if arguments.next().as_deref() == Some(status::BARE) {
        let body = arguments.next().unwrap();
        return runtime.block_on(status::serve_bare(body.as_ref()));
    }
    runtime.block_on(async {
        report::heading();
        creates::on_file().await;
        if let (Ok(pgbench), Ok(server)) =
            (std::env::var("PGBENCH"), std::env::var("TEST_POSTGRES"))
        {
            creates::on_server(&pgbench, &server).await;
            status::of_three(&server).await;
        }
        status::beside_bare().await;
        status::memory().await;
    });
}
