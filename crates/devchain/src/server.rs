//! The node: its endpoints over one chain, and a block every three seconds.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, Uri};
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;

use crate::chain::{Chain, View};
use crate::devchain::Devchain;
use crate::{control, fault_layer, indexer, jsonrpc, wallet};

impl Devchain {
    /// The endpoints of the node, and those under `/dev/` that control it.
    pub fn router(&self) -> Router {
        Router::new()
            .nest("/wallet", wallet::routes(self, View::Head))
            .nest("/walletsolidity", wallet::routes(self, View::Solid))
            .merge(jsonrpc::routes(self))
            .merge(indexer::routes(self))
            .fallback(async |method: Method, uri: Uri| fault_layer::lacking(&method, uri.path()))
            .layer(from_fn_with_state(self.clone(), fault_layer::answer))
            .nest("/dev", control::routes(self))
    }

    /// Serves the node and mines a block every three seconds until `shutdown` resolves.
    pub async fn run(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let server = axum::serve(listener, self.router()).with_graceful_shutdown(shutdown);
        tokio::select! {
            result = server.into_future() => result,
            never = self.mine_by_the_clock() => match never {},
        }
    }

    async fn mine_by_the_clock(&self) -> Infallible {
        loop {
            let due = async {
                match self.read(Chain::millis_until_due) {
                    Some(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => { self.mine_if_due(); }
                () = self.resumed() => {}
            }
        }
    }
}
