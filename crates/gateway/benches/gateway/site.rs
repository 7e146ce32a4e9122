//! A gateway with a chain that goes on and shops that create payments.

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;
use tokio::net::TcpListener;
use usdt_devchain::{Devchain, Options};
use usdt_protocol::TronAddress;
use usdt_protocol::txid::Hex;

use crate::process::{self, Server};
use crate::wire::Client;

pub struct Site {
    folder: TempDir,
    config: PathBuf,
    pub shops: Vec<Shop>,
}

/// A project, and how it signs.
#[derive(Clone)]
pub struct Shop {
    api_key: String,
    secret: String,
}

impl Site {
    /// On a server's database that is empty, or on a file.
    pub async fn make(database: Option<&str>, shops: u8) -> Self {
        let devchain = Devchain::new(&Options::default());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let node = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, devchain.router()).await });

        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let config = folder.path().join("gateway.toml");
        let data = folder.path().join("data");
        let database = database.map_or_else(String::new, |url| format!("database = {url:?}\n"));
        let text = format!(
            "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\ndata_dir = \"{}\"\n\
             {database}[test_chain]\nnodes = [{{ url = {node:?} }}]\n\
             [limits]\nheld_requests_per_client = 100000\ncalls_per_key = 1000000\n",
            data.display()
        );
        fs::write(&config, text).unwrap();
        let site = Self {
            folder,
            shops: Vec::new(),
            config,
        };
        tokio::task::spawn_blocking(move || site.with_shops(shops))
            .await
            .unwrap()
    }

    fn with_shops(mut self, shops: u8) -> Self {
        let config = self.config.to_str().unwrap().to_owned();
        process::run(&["init", "--config", &config]);
        for shop in 0..shops {
            let mut arguments: Vec<_> = [
                "project", "add", "--test", "--json", "--name", "Shop", "--config", &config,
            ]
            .map(str::to_owned)
            .into();
            for number in 0..4 {
                let address = TronAddress::from_bytes([shop * 4 + number + 1; 20]);
                arguments.extend(["--address".to_owned(), address.to_string()]);
            }
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            let keys: Value = serde_json::from_str(&process::run(&arguments)).unwrap();
            let text = |name: &str| keys[name].as_str().unwrap().to_owned();
            self.shops.push(Shop {
                api_key: text("api_key"),
                secret: text("api_secret"),
            });
        }
        self
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Writes open payments in one go: asking the API for each would take longer than the rest. The
    /// gateway must have run, and run no more.
    pub async fn open_payments(&self, count: u32) {
        let file = self.data().join("gateway.sqlite");
        let options = SqliteConnectOptions::new().filename(file);
        let mut database = SqliteConnection::connect_with(&options).await.unwrap();
        for table in [
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
             INSERT INTO payments (id, project_id, network, order_id, status, amount, pay_amount,
                 address, created_at, expires_at)
             SELECT (1 << 40) + n, project_id, network, 'OPEN_' || n, 'pending', 500000000,
                 500000000 + 100 * n, address, created_at, expires_at + 864000000
             FROM payments, numbers WHERE order_id = 'FIRST'",
            "INSERT INTO slots (payment_id, network, address, amount, held_after, held_until)
             SELECT id, network, address, pay_amount, 0, expires_at + 86400000
             FROM payments WHERE order_id LIKE 'OPEN_%' AND $1 > 0",
        ] {
            sqlx::query(table)
                .bind(count)
                .execute(&mut database)
                .await
                .unwrap();
        }
    }

    /// Starts one more gateway on the same server, with a folder of its own.
    pub async fn start_another(&self, name: &str) -> Server {
        let folder = self.folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::copy(self.data().join("master.key"), folder.join("master.key")).unwrap();
        let config = self.folder.path().join(format!("{name}.toml"));
        let text = fs::read_to_string(&self.config).unwrap();
        let (own, other) = (self.data(), folder);
        let text = text.replace(own.to_str().unwrap(), other.to_str().unwrap());
        fs::write(&config, text).unwrap();
        tokio::task::spawn_blocking(move || Server::gateway(&config))
            .await
            .unwrap()
    }

    /// Starts the gateway. Returns it once it creates payments, and the first one's ID.
    pub async fn start(&self) -> (Server, String) {
        let config = self.config.clone();
        let gateway = tokio::task::spawn_blocking(move || Server::gateway(&config))
            .await
            .unwrap();
        let mut client = Client::connect(&gateway.address).await;
        let request = self.shops[0].create("FIRST", 1);
        loop {
            let (status, body) = client.ask(&request).await;
            if status == 200 {
                let answer: Value = serde_json::from_slice(body).unwrap();
                return (gateway, answer["payment"]["payment_id"].to_string());
            }
            tokio::time::sleep(process::LOOK).await;
        }
    }
}

/// Makes an empty database on a server.
pub async fn new_database(server: &str, name: &str) -> String {
    execute_on(server, format!("CREATE DATABASE {name}")).await;
    let (host, _) = server.rsplit_once('/').unwrap();
    format!("{host}/{name}")
}

pub async fn execute_on(server: &str, statement: String) {
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .unwrap();
}

impl Shop {
    /// A request that creates a payment of so many whole USDT.
    pub fn create(&self, order: &str, amount: u64) -> String {
        let body = format!(r#"{{"order_id":"{order}","amount":"{amount}"}}"#);
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let signature = Hex(&mac.finalize().into_bytes());
        format!(
            "POST /api/create-payment.php HTTP/1.1\r\nhost: gateway\r\n\
             content-type: application/json\r\nx-api-key: {}\r\nx-signature: {signature}\r\n\
             content-length: {}\r\n\r\n{body}",
            self.api_key,
            body.len()
        )
    }
}
