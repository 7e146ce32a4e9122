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
mod api_v1;
mod arriving;
mod audit;
mod backup;
mod brand;
mod certificates;
mod changes;
mod claim;
mod client_address;
mod command_line;
mod commands;
mod connections;
mod create_group;
mod create_payment;
mod data_folder;
mod database;
mod description;
mod disguised_node;
mod disk;
mod doctor;
mod doctor_nodes;
mod embed;
mod faulty_node;
mod first_day;
mod fixtures;
mod free_port;
mod health;
mod hints;
mod idempotency;
mod key_limits;
mod keys;
mod kill;
mod leaders;
#[path = "../shared/line.rs"]
mod line;
mod listen;
mod logged_process;
mod lost_answers;
mod master_key;
mod merchant;
mod merchant_docs;
mod metadata;
mod metrics;
mod migration;
mod nodes;
mod openapi;
mod other_versions;
mod patience;
mod pay;
mod payment_commands;
mod payment_status;
mod prices;
mod probe;
mod project_commands;
mod promises;
mod quota;
mod recorded;
mod relocation;
mod requests;
mod reviews;
mod rotation;
mod several;
mod signals;
mod site;
mod soak;
mod sources;
mod system;
mod test_gateway;
mod unmatched;
mod update;
mod wallet;
mod watcher;
mod webhook_commands;
mod webhooks;
