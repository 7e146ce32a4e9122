//! What an operator is told whose machine and whose node do not trust each other.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use usdt_protocol::TronAddress;

use crate::site::init;

fn config(folder: &Path, node: &str) -> PathBuf {
    let file = folder.join("gateway.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\ndata_dir = {:?}\n\
         [chain]\nnodes = [{{ url = \"{node}\" }}]\n",
        folder.to_str().unwrap()
    );
    fs::write(&file, text).unwrap();
    file
}

/// What the command says on a machine whose certificates of authorities are in `authorities`.
fn says(arguments: &[&str], authorities: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_usdt-gateway"))
        .args(arguments)
        .env("SSL_CERT_FILE", authorities)
        .env("SSL_CERT_DIR", "/nonexistent")
        .output()
        .unwrap();
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_machine_without_authorities_is_told_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), "https://node.invalid");
    let check = ["config", "check", config.to_str().unwrap()];
    let said = says(&check, Path::new("/nonexistent"));
    assert!(
        said.ends_with(
            "usdt-gateway: this machine knows no certificate authority, so it can reach nobody \
             by https: install the package `ca-certificates`, or name a file of certificates in \
             SSL_CERT_FILE\n"
        ),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_and_one_of_another_name_are_named_as_the_cause() {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&key).unwrap().pem();
    let authority = Issuer::new(authority, key);

    let mut expired = CertificateParams::new(["localhost".to_owned()]).unwrap();
    expired.not_before = date_time_ymd(2020, 1, 1);
    expired.not_after = date_time_ymd(2021, 1, 1);
    let other = CertificateParams::new(["node.invalid".to_owned()]).unwrap();
    for (certificate, told) in [
        (
            expired,
            "its certificate has expired, or this machine's clock is wrong",
        ),
        (other, "its certificate is for another name"),
    ] {
        let node = serve(&certificate, &authority);
        let folder = tempfile::tempdir().unwrap();
        let authorities = folder.path().join("authorities.pem");
        fs::write(&authorities, &pem).unwrap();
        let config = config(folder.path(), &format!("{node}/SECRET"));
        init(&config);
        let address = TronAddress::from_bytes([3; 20]).to_string();
        let config = config.to_str().unwrap();
        let mut add = vec!["project", "add", "--name", "Shop", "--config", config];
        add.extend(["--address", &address]);
        let said = says(&add, &authorities);
        let expected = format!("the node cannot be reached: {node}: {told}");
        assert!(said.contains(&expected), "{said}");
        assert!(!said.contains("SECRET"), "{said}");
    }
}

/// A server on a free port of this machine that shows the certificate to whoever connects.
fn serve(certificate: &CertificateParams, authority: &Issuer<'_, KeyPair>) -> String {
    let key = KeyPair::generate().unwrap();
    let certificate = certificate.signed_by(&key, authority).unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // The client hangs up.
            let _ = acceptor.accept(stream).await;
        }
    });
    url
}
