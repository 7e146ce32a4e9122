//! The gateway from the outside: real HTTP on all sides, and a database for each test.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may fail loudly"
)]

mod address_commands;
mod addresses;
mod audit;
mod brand;
mod claim;
mod command_line;
mod create_payment;
mod doctor;
mod embed;
mod faulty_node;
mod fixtures;
mod kill;
mod merchant;
mod migration;
mod nodes;
mod patience;
mod pay;
mod payment_status;
mod reviews;
mod site;
mod test_gateway;
mod unmatched;
mod wallet;
mod watcher;
mod webhooks;
