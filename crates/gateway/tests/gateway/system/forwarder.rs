//! The network between a gateway and its database, which can be cut.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    Whole,
    /// Connections end, and none begins.
    Cut,
    /// Nothing comes through, and nobody is told.
    Silent,
}

pub struct Forwarder {
    pub port: u16,
    network: watch::Sender<Network>,
}

impl Forwarder {
    pub async fn start(to: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let network = watch::Sender::new(Network::Whole);
        tokio::spawn(accept(
            listener,
            (Ipv4Addr::LOCALHOST, to).into(),
            network.subscribe(),
        ));
        Self { port, network }
    }

    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }
}

async fn accept(listener: TcpListener, to: SocketAddr, network: watch::Receiver<Network>) {
    while let Ok((near, _)) = listener.accept().await {
        let mut network = network.clone();
        tokio::spawn(async move {
            if *network.borrow() == Network::Cut {
                return;
            }
            let Ok(far) = TcpStream::connect(to).await else {
                return;
            };
            let (near_reader, near_writer) = near.into_split();
            let (far_reader, far_writer) = far.into_split();
            tokio::select! {
                () = pass_on(near_reader, far_writer, network.clone()) => {}
                () = pass_on(far_reader, near_writer, network.clone()) => {}
                _ = network.wait_for(|now| *now == Network::Cut) => {}
            }
        });
    }
}

async fn pass_on(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut network: watch::Receiver<Network>,
) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let passes = network
            .wait_for(|now| *now != Network::Silent)
            .await
            .is_ok();
        if !passes || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
