//! The node over real HTTP: what its clients see, and what its controls do.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod blocks;
#[cfg(test)]
mod broadcast;
#[cfg(test)]
mod contract_calls;
#[cfg(test)]
mod control;
#[cfg(test)]
mod events;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod forks;
#[cfg(test)]
mod indexer;
#[cfg(test)]
mod jsonrpc;
#[cfg(test)]
mod support;
#[cfg(test)]
mod token;
#[cfg(test)]
mod transactions;
#[cfg(test)]
mod transfer_story;
#[cfg(test)]
mod wallet;
