//! The client over real HTTP, against nodes that answer whatever a test wants.

#[cfg(test)]
mod broadcast;
#[cfg(test)]
mod connection;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod failover;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod indexer;
#[cfg(test)]
mod java_tron;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod scripted_node;
