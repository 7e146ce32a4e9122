//! How much work a search of logs is: an index is asked for each word in each block.

use serde::Deserialize;
use serde_json::Value;

use crate::chain::{Snapshot, View};
use crate::log_filter::{FilterRequest, LogFilter};

/// Blocks times words; nothing where the call is refused anyway.
pub fn work(params: &Value, chain: Snapshot<'_>) -> u64 {
    let filter = params
        .get(0)
        .and_then(|filter| FilterRequest::deserialize(filter).ok())
        .and_then(|request| LogFilter::new(&request, chain).ok());
    let Some(filter) = filter else {
        return 0;
    };
    let last = filter.to.min(chain.tip(View::Head));
    let blocks = (last + 1).saturating_sub(filter.from);
    let topics: usize = filter
        .topics
        .iter()
        .map(std::collections::HashSet::len)
        .sum();
    let words = (filter.addresses.len() + topics).max(1);
    blocks.saturating_mul(u64::try_from(words).unwrap_or(u64::MAX))
}
