//! Creates in a second: on a file beside creates that each flush alone, on a server beside pgbench.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::load;
use crate::report::row;
use crate::site::{Shop, Site, execute_on, new_database};

/// As many as the gateway has to write with on a server.
const PGBENCH_CONNECTIONS: &str = "8";

const CONNECTIONS: usize = 64;

/// One at a time, each has a flush of its own.
pub async fn on_file() {
    let site = Site::make(None, 1).await;
    let (gateway, _) = site.start().await;
    let orders = Arc::new(AtomicU64::new(1));
    let creates = |connections| {
        load::per_second(
            &gateway.address,
            connections,
            &orders,
            order_of(&site.shops),
        )
    };
    let (alone, together) = load::in_turns(
        async || creates(1).await,
        async || creates(CONNECTIONS).await,
    )
    .await;
    row(
        &format!("creates on SQLite, beside one at a time ({alone:.0}/s): {together:.0}/s"),
        3.0,
        together / alone,
    );
}

pub async fn on_server(pgbench: &str, server: &str) {
    let table = "CREATE TABLE single (id bigserial PRIMARY KEY, value bigint NOT NULL)";
    execute_on(server, table.to_owned()).await;
    for shops in [1, 16] {
        let database = new_database(server, &format!("creates_{shops}")).await;
        let site = Site::make(Some(&database), shops).await;
        let (gateway, _) = site.start().await;
        let orders = Arc::new(AtomicU64::new(1));
        let creates = || {
            load::per_second(
                &gateway.address,
                CONNECTIONS,
                &orders,
                order_of(&site.shops),
            )
        };
        let script = site.data().with_file_name("insert.sql");
        fs::write(&script, "INSERT INTO single (value) VALUES (1);\n").unwrap();
        let bare = async || {
            let (pgbench, server, script) = (pgbench.to_owned(), server.to_owned(), script.clone());
            tokio::task::spawn_blocking(move || run_pgbench(&pgbench, &server, &script))
                .await
                .unwrap()
        };
        let (inserts, payments) = load::in_turns(bare, async || creates().await).await;
        row(
            &format!(
                "creates on PostgreSQL, {shops} shops, beside pgbench ({inserts:.0}/s): {payments:.0}/s"
            ),
            0.5,
            payments / inserts,
        );
    }
}

/// Orders of all shops in turn, at prices of their own.
fn order_of(shops: &[Shop]) -> impl Fn(u64) -> String + Clone + Send + 'static {
    let shops = shops.to_vec();
    move |order| {
        let shop = usize::try_from(order).unwrap() % shops.len();
        shops[shop].create(&format!("ORDER_{order}"), 10 + order % 5_000)
    }
}

fn run_pgbench(pgbench: &str, server: &str, script: &std::path::Path) -> f64 {
    let output = Command::new(pgbench)
        .args(["--no-vacuum", "--protocol=prepared", "--time=3"])
        .args(["--client", PGBENCH_CONNECTIONS, "--jobs=2", "--file"])
        .args([script.as_os_str(), server.as_ref()])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
        .unwrap()
}
