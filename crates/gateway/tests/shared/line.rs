//! The line between a gateway and its database server, which can be cut, fall silent, or lose the answer
//! to a commit.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How a gateway ends what it writes, and what a server answers.
const COMMIT: &[u8] = b"SELECT 1; COMMIT\0";
const COMMITTED: &[u8] = b"COMMIT\0";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Whole,
    /// No connection begins.
    Cut,
    /// Nothing comes through, and nobody is told.
    Silent,
}

#[derive(Clone)]
pub struct Line {
    pub port: u16,
    state: watch::Sender<State>,
    /// Changes when all connections end.
    breaks: watch::Sender<()>,
    /// Whether the next commit goes through and its answer does not.
    loses: Arc<AtomicBool>,
}

impl Line {
    /// Lays one to a server, which is a host and a port.
    pub async fn to(server: String) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let line = Self {
            port: listener.local_addr().unwrap().port(),
            state: watch::Sender::new(State::Whole),
            breaks: watch::Sender::new(()),
            loses: Arc::default(),
        };
        let laid = line.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(laid.clone().carry(client, server.clone()));
            }
        });
        line
    }

    /// Ends all connections, and lets none begin until it is mended.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
        self.end_connections();
    }

    /// Ends those that are there, as a server does that is started again.
    pub fn end_connections(&self) {
        self.breaks.send_replace(());
    }

    pub fn fall_silent(&self) {
        self.state.send_replace(State::Silent);
    }

    pub fn mend(&self) {
        self.state.send_replace(State::Whole);
    }

    /// The next commit goes through, and its connection ends before the answer.
    pub fn lose_next_answer(&self) {
        self.loses.store(true, Ordering::SeqCst);
    }

    /// Loses no answer any more. Says whether one was still to be lost.
    pub fn keep_answers(&self) -> bool {
        self.loses.swap(false, Ordering::SeqCst)
    }

    async fn carry(self, client: TcpStream, server: String) {
        let mut breaks = self.breaks.subscribe();
        if *self.state.borrow() == State::Cut {
            return;
        }
        let Ok(server) = TcpStream::connect(server).await else {
            return;
        };
        let (client_reader, client_writer) = client.into_split();
        let (server_reader, server_writer) = server.into_split();
        let is_lost = AtomicBool::new(false);
        tokio::select! {
            () = self.ask(client_reader, server_writer, &is_lost) => {}
            () = self.answer(server_reader, client_writer, &is_lost) => {}
            _ = breaks.changed() => {}
        }
    }

    async fn ask(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_lost: &AtomicBool) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let part = &buffer[..length];
            if holds(part, COMMIT) && self.keep_answers() {
                is_lost.store(true, Ordering::SeqCst);
            }
            if !self.passes().await || to.write_all(part).await.is_err() {
                return;
            }
        }
    }

    async fn answer(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_lost: &AtomicBool) {
        let mut buffer = vec![0; 1 << 16];
        let mut lost = Vec::new();
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let part = &buffer[..length];
            if is_lost.load(Ordering::SeqCst) {
                lost.extend_from_slice(part);
                if holds(&lost, COMMITTED) {
                    return;
                }
            } else if !self.passes().await || to.write_all(part).await.is_err() {
                return;
            }
        }
    }

    /// Returns once it is not silent.
    async fn passes(&self) -> bool {
        let mut state = self.state.subscribe();
        state.wait_for(|now| *now != State::Silent).await.is_ok()
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
