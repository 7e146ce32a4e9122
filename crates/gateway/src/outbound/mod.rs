//! Requests to places that somebody else has named: only to public addresses, and whose fault it is where none comes of
//! them.

pub mod fault;
pub mod resolver;
pub mod target;
