//! Serves a router on a listener: bounded in connections, and in the time that a client may take.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

use super::connections::{Awaited, Connection, Connections};
use super::refusal;
use super::wire::{AnswerBody, RequestBody, Wire};

/// After the system could not open a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// So long nothing more is told of connections that could not be opened.
const QUIET: Duration = Duration::from_mins(1);

/// Serves until the shutdown, and then until all requests that are here are answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    connections: Connections,
    shutdown: CancellationToken,
) {
    let open = TaskTracker::new();
    let accepting = async {
        let mut told = None;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let Some(connection) = connections.admit().await else {
                        return;
                    };
                    let (router, shutdown) = (router.clone(), shutdown.clone());
                    open.spawn(attend(stream, peer, connection, router, shutdown));
                }
                // The client is gone already.
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    if told.is_none_or(|at: Instant| at.elapsed() > QUIET) {
                        told = Some(Instant::now());
                        tracing::error!(%error, "connections cannot be accepted");
                    }
                    connections.close_longest_waiting();
                    sleep(PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = accepting => {}
    }
    drop(listener);
    open.close();
    open.wait().await;
}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// A request may lie unread with the system when the place is wanted for another connection.
const GRACE: Duration = Duration::from_millis(50);

/// The largest head of a request, in bytes.
const MOST_OF_A_HEAD: usize = 96 << 10;

/// Serves one connection to its end.
async fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    connection: Arc<Connection>,
    router: Router,
    shutdown: CancellationToken,
) {
    // Without it a small answer waits for the client to acknowledge the one before.
    let _ = stream.set_nodelay(true);
    let wire = TokioIo::new(Wire::new(stream, Arc::clone(&connection)));
    let served = Arc::clone(&connection);
    let service =
        service_fn(move |request| answer(request, peer, Arc::clone(&served), router.clone()));
    // The time limits are ours: they cover more than the library's, and answer.
    let mut http = http1::Builder::new()
        .header_read_timeout(None)
        // What it grows to for one request it keeps until the connection ends.
        .max_buf_size(MOST_OF_A_HEAD)
        // The wire itself looks whether the client is gone.
        .half_close(true)
        .serve_connection(wire, service);
    let mut timer = pin!(sleep_until(deadline_of(&connection)));
    let mut wanted = pin!(connection.wanted());
    let mut stop = pin!(shutdown.cancelled());
    let mut grace = pin!(sleep_until(Instant::now()));
    let mut is_wanted = false;
    let mut is_ending = false;
    loop {
        let end = std::future::poll_fn(|cx| {
            loop {
                if Pin::new(&mut http).poll(cx).is_ready() {
                    return Poll::Ready(None);
                }
                let Some((awaited, deadline)) = connection.awaited() else {
                    return Poll::Pending;
                };
                // Left to ring too early rather than set at every turn.
                if deadline < timer.deadline() {
                    timer.as_mut().reset(deadline);
                }
                while timer.as_mut().poll(cx).is_ready() {
                    if deadline <= Instant::now() {
                        break;
                    }
                    timer.as_mut().reset(deadline);
                }
                if Instant::now() < deadline {
                    return Poll::Pending;
                }
                if awaited != Awaited::Body {
                    return Poll::Ready(Some(awaited));
                }
                // Whoever reads the body learns of it, and answers.
                connection.give_body_up();
            }
        });
        tokio::select! {
            biased;
            end = end => {
                if end == Some(Awaited::Head) {
                    let parts = http.into_parts();
                    // The rest of a body that nobody read is no head.
                    if !parts.read_buf.is_empty() {
                        parts.io.into_inner().say_at_last(StatusCode::REQUEST_TIMEOUT);
                    }
                }
                return;
            }
            () = &mut wanted => {
                is_wanted = true;
                grace.as_mut().reset(Instant::now() + GRACE);
                wanted.set(connection.wanted());
            }
            () = &mut grace, if is_wanted => {
                is_wanted = false;
                if connection.awaited().is_some() {
                    return;
                }
                // A request has come meanwhile: it is answered, and then the connection ends.
                connection.decline();
                if !is_ending {
                    is_ending = true;
                    Pin::new(&mut http).graceful_shutdown();
                }
            }
            () = &mut stop, if !is_ending => {
                is_ending = true;
                Pin::new(&mut http).graceful_shutdown();
            }
        }
    }
}

fn deadline_of(connection: &Connection) -> Instant {
    connection
        .awaited()
        .map_or_else(Instant::now, |(_, deadline)| deadline)
}

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    connection: Arc<Connection>,
    mut router: Router,
) -> Result<Response<AnswerBody>, Infallible> {
    connection.asked(!request.body().is_end_stream());
    let (mut head, body) = request.into_parts();
    head.extensions.insert(ConnectInfo(peer));
    head.extensions.insert(Arc::clone(&connection));
    let body = Body::new(RequestBody::new(body, Arc::clone(&connection)));
    let answer = router.call(Request::from_parts(head, body)).await?;
    let mut answer = refusal::shaped(answer, connection.gateway());
    connection.answers();
    if connection.is_crowded() {
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(header::CONNECTION, close);
    }
    Ok(answer.map(|body| AnswerBody::new(body, connection)))
}
