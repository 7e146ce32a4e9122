//! Files of another version, which a gateway is asked for while an update goes from machine to machine.

use futures_util::future::join_all;

use crate::database::on_server;
use crate::test_gateway::TestGateway;

/// The body, undone by nobody, and the headers in order, without the two that differ between requests.
async fn ask(gateway: &TestGateway, path: &str, encoding: &str) -> (u16, Vec<u8>, Vec<String>) {
    let response = gateway
        .get(path)
        .header("accept-encoding", encoding)
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    let told = response.headers().iter();
    let told = told.filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"));
    let mut headers: Vec<String> = told
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    (status, response.bytes().await.unwrap().to_vec(), headers)
}

#[tokio::test]
async fn a_file_of_another_version_is_served_as_ones_own_is() {
    let gateway = TestGateway::start().await;
    if on_server(gateway.data_dir()).is_none() {
        let (status, ..) = ask(&gateway, "/assets/app-0123abcd.js", "br").await;
        assert_eq!(status, 404);
        return;
    }
    // This version's own, put there at the start.
    let own = usdt_gateway::assets::SCRIPTS[0].asset;
    assert!(gateway.database.has_asset(own.name).await);
    for (path, name) in [
        ("/assets/", "app-0123abcd.js"),
        ("/v1/", "widget-99.0.0.js"),
    ] {
        let path = format!("{path}{name}");
        let (status, ..) = ask(&gateway, &path, "br").await;
        assert_eq!(status, 404, "{path}");
        gateway
            .database
            .add_asset(name, own.content_type, own.bytes, own.brotli)
            .await;
        for encoding in ["br", "gzip, br;q=0.5", "gzip", "identity", "br;q=0"] {
            let (own_status, own_bytes, own_headers) =
                ask(&gateway, &format!("/v1/{}", own.name), encoding).await;
            let (status, bytes, headers) = ask(&gateway, &path, encoding).await;
            assert_eq!((status, own_status), (200, 200));
            assert!(bytes == own_bytes, "{path} {encoding}");
            let own_etag = format!("etag: {}", own.etag);
            let etag = format!("etag: W/\"{name}\"");
            let expected = own_headers.join("\n").replace(&own_etag, &etag);
            assert_eq!(headers.join("\n"), expected, "{path} {encoding}");
        }
        let unchanged = gateway
            .get(&path)
            .header("if-none-match", format!("W/\"{name}\""));
        assert_eq!(unchanged.send().await.unwrap().status(), 304);
    }
    // Once it was asked for, it is in memory.
    gateway.database.forget_assets().await;
    let (status, ..) = ask(&gateway, "/assets/app-0123abcd.js", "br").await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn whoever_asks_for_names_that_never_were_does_not_keep_a_new_file_from_others() {
    let gateway = TestGateway::start().await;
    if on_server(gateway.data_dir()).is_none() {
        return;
    }
    let guess = |number: u32| format!("/assets/guess-{number:08x}.js");
    let guesses: Vec<String> = (0..200).map(guess).collect();
    let answers = join_all(guesses.iter().map(|path| ask(&gateway, path, "br"))).await;
    assert!(answers.iter().all(|(status, ..)| *status == 404));
    gateway
        .database
        .add_asset("app-0123abcd.js", "text/javascript", b"1", b"2")
        .await;
    let (status, ..) = ask(&gateway, "/assets/app-0123abcd.js", "br").await;
    assert_eq!(status, 200);
}
