//! How much is answered in a span of time, and comparisons in turns: what else the machine does then
//! weighs on both sides alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::wire::Client;

const SPAN: Duration = Duration::from_secs(3);

const TURNS: usize = 5;

/// Answers in a second: see [`answers`].
pub async fn per_second(
    address: &str,
    connections: usize,
    numbers: &Arc<AtomicU64>,
    request: impl Fn(u64) -> String + Clone + Send + 'static,
) -> f64 {
    let (answers, seconds) = answers(address, connections, numbers, request).await;
    answers / seconds
}

/// Answers, and the seconds they took, with so many connections that each ask again once they are
/// answered. `request` makes the request of a number.
pub async fn answers(
    address: &str,
    connections: usize,
    numbers: &Arc<AtomicU64>,
    request: impl Fn(u64) -> String + Clone + Send + 'static,
) -> (f64, f64) {
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Client::connect(address).await);
    }
    let start = Instant::now();
    let asking: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            let (request, numbers) = (request.clone(), Arc::clone(numbers));
            tokio::spawn(async move {
                let mut count = 0_u32;
                while start.elapsed() < SPAN {
                    let request = request(numbers.fetch_add(1, Ordering::Relaxed));
                    let (status, body) = client.ask(&request).await;
                    assert_eq!(status, 200, "{}", String::from_utf8_lossy(body));
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for one in asking {
        count += one.await.unwrap();
    }
    (f64::from(count), start.elapsed().as_secs_f64())
}

/// The medians of two measurements that are taken in turns.
pub async fn in_turns(
    mut first: impl AsyncFnMut() -> f64,
    mut second: impl AsyncFnMut() -> f64,
) -> (f64, f64) {
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        firsts.push(first().await);
        seconds.push(second().await);
    }
    (median(firsts), median(seconds))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
