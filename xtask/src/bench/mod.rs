//! Measurements beside the budgets; each bench is a file.

mod chain;
mod http;
mod size;

use crate::failure::{Failure, Outcome};

pub fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [only] if only == "chain" => chain::run(),
        [only] if only == "size" => size::run(),
        _ => Err(Failure::new("`bench` measures: chain, size")),
    }
}
