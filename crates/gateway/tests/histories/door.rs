//! One address for the simulated node of every history.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use usdt_devchain::Devchain;

/// Serves whichever chain was put behind it last.
#[derive(Clone)]
pub struct Door {
    pub url: String,
    behind: Arc<Mutex<Router>>,
}

impl Door {
    pub async fn open() -> Self {
        let behind = Arc::new(Mutex::new(Router::new()));
        let router = Router::new().fallback(pass).with_state(Arc::clone(&behind));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, behind }
    }

    pub fn put_behind(&self, devchain: &Devchain) {
        *self.behind.lock().unwrap() = devchain.router();
    }
}

async fn pass(State(behind): State<Arc<Mutex<Router>>>, request: Request) -> Response {
    let router = behind.lock().unwrap().clone();
    router.oneshot(request).await.unwrap()
}
