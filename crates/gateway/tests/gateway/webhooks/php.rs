//! A merchant's receiver in real PHP that answers first and works after.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::process::{Child, Command, Stdio};

use super::wait_for_attempts;
use crate::patience::patiently;
use crate::test_gateway::TestGateway;

/// Answers, works for a while with a word now and then, and only then stores the order.
const RECEIVER: &str = r"<?php
echo 'OK';
flush();
for ($step = 0; $step < 10; $step++) {
    usleep(50000);
    echo '.';
    flush();
}
file_put_contents(__DIR__ . '/stored', file_get_contents('php://input'));
";

struct Php(Child);

impl Drop for Php {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[tokio::test]
async fn a_receiver_in_php_that_stores_the_order_after_its_first_words_is_not_cut_off() {
    let shop = tempfile::tempdir().unwrap();
    fs::write(shop.path().join("hook.php"), RECEIVER).unwrap();
    let mut command = Command::new("php");
    command
        .args(["-d", "output_buffering=0", "-S", "127.0.0.1:0", "-t"])
        .arg(shop.path())
        .stderr(Stdio::piped());
    let mut php = match command.spawn() {
        Ok(child) => Php(child),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("no php here: `cargo xtask setup` installs it");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let mut log = BufReader::new(php.0.stderr.take().unwrap()).lines();
    let url = log
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("(http://")?.1.split_once(')')?.0.to_owned()))
        .expect("php tells its address");
    std::thread::spawn(move || log.for_each(drop));

    let gateway = TestGateway::start().await;
    let url = format!("http://{url}/hook.php").parse().unwrap();
    gateway
        .store
        .set_webhook_url(gateway.keys.app_id, &url)
        .await
        .unwrap();
    let payment = gateway.paid("ORDER_12345").await;
    patiently("the attempt", wait_for_attempts(&gateway, 1)).await;
    let stored = fs::read_to_string(shop.path().join("stored")).unwrap_or_default();
    assert!(
        stored.contains(&payment["payment_id"].to_string()),
        "{stored:?}"
    );
    let attempts = gateway.database.attempts().await;
    let [delivered] = attempts.as_slice() else {
        panic!("{attempts:?}");
    };
    assert_eq!(delivered.http_status, Some(200));
    assert_eq!(delivered.error, None);
    assert_eq!(delivered.answer.as_deref(), Some("OK.........."));
}
