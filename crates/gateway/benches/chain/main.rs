//! How fast the gateway catches up with the chain, and what each transfer costs it: the real
//! program against a simulated node that runs in this one.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement may fail loudly"
)]

#[expect(dead_code, reason = "nothing is asked here")]
#[path = "../shared/process.rs"]
mod process;
mod scenario;

use crate::scenario::{Measured, Scenario};

const MEGABYTE: u64 = 1_000_000;

/// Of docs/architecture.md: a day of catch-up, and memory with 100 000 open payments.
const CATCH_UP_SECONDS: f64 = 60.0;
const MEMORY: u64 = 100 * MEGABYTE;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        catch_up().await;
        cost_per_transfer().await;
    });
}

async fn catch_up() {
    let scenario = Scenario {
        blocks: 28_800,
        strangers: 2_990_000,
        surplus: 0,
        paid: 10_000,
        open: 10_000,
    };
    println!("A day of catch-up: 28 800 blocks, 3 000 000 transfers, 10 000 of them ours");
    let Measured {
        seconds,
        cpu_seconds,
        peak_bytes,
    } = scenario.run().await;
    println!(
        "  until all is credited    {seconds:>9.1} s     at most {CATCH_UP_SECONDS} s: {}",
        verdict(seconds <= CATCH_UP_SECONDS)
    );
    println!("  the gateway's own CPU    {cpu_seconds:>9.1} s");
    println!("  the gateway's memory     {:>9} MB", peak_bytes / MEGABYTE);
}

async fn cost_per_transfer() {
    const TRANSFERS: u32 = 10_000;
    const ROUNDS: usize = 5;
    println!("The cost of a transfer, of 10 000 to us in 2 000 blocks");
    println!("  open payments   CPU per transfer   beside 10 open   memory");
    // Side by side, and the best of each: other work on the machine only ever adds.
    let mut best = [(10, None), (1_000, None), (100_000, None)];
    for _ in 0..ROUNDS {
        for (open, best) in &mut best {
            let scenario = Scenario {
                blocks: 2_000,
                strangers: 0,
                surplus: TRANSFERS - 10,
                paid: 10,
                open: *open,
            };
            let measured = scenario.run().await;
            if best
                .as_ref()
                .is_none_or(|best: &Measured| measured.cpu_seconds < best.cpu_seconds)
            {
                *best = Some(measured);
            }
        }
    }
    let mut first = None;
    for (open, measured) in best {
        let measured = measured.unwrap();
        let micros = measured.cpu_seconds * 1e6 / f64::from(TRANSFERS);
        let ratio = micros / *first.get_or_insert(micros);
        println!(
            "  {open:>13}   {micros:>13.0} µs   {ratio:>14.2}   {:>3} MB",
            measured.peak_bytes / MEGABYTE
        );
        if open == 100_000 {
            println!(
                "  with 100 000 open: at most {} MB: {}; the cost does not grow where the ratio stays near 1",
                MEMORY / MEGABYTE,
                verdict(measured.peak_bytes <= MEMORY)
            );
        }
    }
}

const fn verdict(within: bool) -> &'static str {
    if within { "within" } else { "OVER" }
}
