//! Measurements beside the budgets; each bench is a file.

mod chain;
mod gateway;
mod http;
mod page;
mod size;

use crate::failure::{Failure, Outcome};

pub fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [only] if only == "chain" => chain::run(),
        [first, rest @ ..] if first == "gateway" => gateway::run(rest),
        [only] if only == "size" => size::run(),
        [first, rest @ ..] if first == "page" => page::run(rest),
        _ => Err(Failure::new("`bench` measures: chain, gateway, page, size")),
    }
}
