//! The door from outside: a real listener on loopback, real requests.

use jianmian::{
    app,
    call::Examination,
    clock::SystemClock,
    config::Settings,
    http::{
        Assets, DemoDesk, Door,
        listen::{self, Listeners},
    },
    service::Service,
};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, LOCATION},
    redirect::Policy,
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};
use tokio_tungstenite::tungstenite::{
    Error as SocketError, client::IntoClientRequest, http::HeaderValue,
};

/// A door that is open until it is dropped or closed.
struct County {
    address: SocketAddr,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<std::io::Result<()>>,
    _dir: tempfile::TempDir,
}

/// A token that nobody was given.
fn stray_token() -> String {
    "stray-Token_0".repeat(4)[..43].to_owned()
}

impl County {
    async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    async fn open_with(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = Settings::defaults();
        settings.server.data_dir = dir.path().join("data");
        change(&mut settings);
        let clock = SystemClock::shared();
        let service = service(&settings).await;
        let is_demo = settings.demo.danger_enabled;
        let mut door = Door::new(service, settings, Assets::new(None), clock);
        door.demo = is_demo.then(|| DemoDesk {
            officer_name: "demo".into(),
            officer_password: "made up for this test".into(),
        });
        let http = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = http.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let listeners = Listeners { http, https: None };
        let served = tokio::spawn(listen::serve(Arc::new(door), listeners, async {
            let _ = stopped.await;
        }));
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { address, client, stop: Some(stop), served, _dir: dir }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.url(path))
    }

    /// A raw connection for what no HTTP client would send.
    async fn raw(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream
    }

    async fn close(mut self) {
        drop(self.stop.take());
        self.served.await.unwrap().unwrap();
    }
}

/// The real use cases on a fresh SQLite; these tests look at no picture.
async fn service(settings: &Settings) -> Arc<Service> {
    let examination = Examination::new(None);
    Arc::new(app::open_service(settings.clone(), SystemClock::shared(), examination).await.unwrap())
}

/// The response must be a problem of this status and code.
async fn problem(response: Response, status: u16, code: &str) -> Value {
    let (found, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.text().await.unwrap();
    let json: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{found}: {body}"));
    assert_eq!((found, json["code"].as_str()), (status, Some(code)), "{body}");
    assert_eq!(headers[CONTENT_TYPE], "application/problem+json; charset=utf-8");
    assert_eq!(json["status"], status);
    assert_eq!(json["type"], "about:blank");
    assert!(json["title"].is_string() && json["detail"].is_string(), "{body}");
    guarded(&headers);
    json
}

/// Headers that every response has.
fn guarded(headers: &HeaderMap) {
    let policy = headers["content-security-policy"].to_str().unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self';",
        "img-src 'self' data: blob:;",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(headers["referrer-policy"], "no-referrer");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(headers["permissions-policy"].to_str().unwrap().contains("camera=(self)"));
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_and_never_a_bare_page() {
    let county = County::open().await;
    for path in [
        "/nowhere",
        "/api/nowhere",
        "/p/short",
        "/assets/none.js",
        "/assets/..%2fCargo.toml",
        "/assets/%2e%2e/Cargo.toml",
        "/assets//etc/passwd",
        "/demo",
        "/api/demo",
    ] {
        problem(county.get(path).send().await.unwrap(), 404, "not_found").await;
    }
    problem(county.post("/p/form").send().await.unwrap(), 405, "wrong_method").await;
    problem(county.get("/api/phone/consent").send().await.unwrap(), 405, "wrong_method").await;
    county.close().await;
}

#[tokio::test]
async fn pages_are_sent_once_and_then_only_asked_about() {
    let county = County::open().await;
    let first = county.get("/assets/robots.txt").send().await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(first.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
    assert_eq!(first.headers()["cache-control"], "no-cache");
    guarded(first.headers());
    let etag = first.headers()[ETAG].clone();
    let again = county.get("/assets/robots.txt").header(IF_NONE_MATCH, etag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.bytes().await.unwrap().len(), 0);
    let root = county.get("/").send().await.unwrap();
    assert_eq!(
        (root.status(), &root.headers()[LOCATION]),
        (StatusCode::SEE_OTHER, &HeaderValue::from_static("/console"))
    );
    county.close().await;
}

#[tokio::test]
async fn every_page_of_a_link_is_the_same_and_packed_when_asked() {
    let county = County::open().await;
    let page = county.get(&format!("/p/{}", stray_token())).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    guarded(page.headers());
    let html = page.text().await.unwrap();
    assert!(!html.contains(&stray_token()));
    assert!(!html.contains("<script>"), "inline script would be refused by the policy");
    let packed = county
        .get("/assets/phone/js/flow.js")
        .header(ACCEPT_ENCODING, "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert_eq!(packed.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
    assert_eq!(&packed.bytes().await.unwrap()[..2], [0x1f, 0x8b]);
    county.close().await;
}

#[tokio::test]
async fn without_a_proper_token_nothing_is_told() {
    let county = County::open().await;
    for path in ["/api/phone/link"] {
        problem(county.get(path).send().await.unwrap(), 401, "link_missing").await;
        for token in
            ["x", "has spaces in it and so on", "ünïcödé-ünïcödé-ünïcödé", &"a".repeat(500)]
        {
            let asked = county.get(path).header("authorization", format!("Bearer {token}"));
            problem(asked.send().await.unwrap(), 404, "link_unknown").await;
        }
        let basic = county.get(path).header("authorization", "Basic YWJj");
        problem(basic.send().await.unwrap(), 404, "link_unknown").await;
    }
    problem(county.post("/api/phone/calls").send().await.unwrap(), 401, "link_missing").await;
    problem(county.post("/api/phone/photo").body("x").send().await.unwrap(), 401, "link_missing")
        .await;
    county.close().await;
}

#[tokio::test]
async fn a_bad_body_is_named_before_anything_is_done() {
    let county = County::open().await;
    let consent = || county.post("/api/phone/consent").bearer_auth(stray_token());
    problem(consent().body("{}").send().await.unwrap(), 415, "wrong_media_type").await;
    let as_json = |body: String| consent().header(CONTENT_TYPE, "application/json").body(body);
    problem(as_json("{".into()).send().await.unwrap(), 400, "malformed").await;
    let told = problem(as_json("{}".into()).send().await.unwrap(), 422, "malformed").await;
    assert!(told["detail"].as_str().unwrap().contains("consent_version"), "{told}");
    let extra = json!({"consent_version": "1", "language": "zh", "assisted": false, "more": 1});
    let told = problem(consent().json(&extra).send().await.unwrap(), 422, "malformed").await;
    assert!(told["detail"].as_str().unwrap().contains("more"), "{told}");
    let long = format!(r#"{{"consent_version":"{}"}}"#, "x".repeat(20_000));
    problem(as_json(long).send().await.unwrap(), 413, "too_large").await;
    let photo = county.post("/api/phone/photo").bearer_auth(stray_token());
    problem(photo.body(vec![0_u8; (8 << 20) + 1]).send().await.unwrap(), 413, "too_large").await;
    county.close().await;
}

#[tokio::test]
async fn the_console_is_closed_to_strangers_and_to_foreign_pages() {
    let county = County::open().await;
    for path in ["/api/console/me", "/api/console/cases", "/api/console/stills/x"] {
        problem(county.get(path).send().await.unwrap(), 401, "signed_out").await;
    }
    let form = json!({"name": "a", "password": "b"});
    let sign_in = || county.post("/api/console/sign-in").json(&form);
    problem(sign_in().send().await.unwrap(), 403, "header_missing").await;
    let foreign = sign_in().header("x-jianmian", "1").header("origin", "https://evil.example");
    problem(foreign.send().await.unwrap(), 403, "foreign_origin").await;
    let null = sign_in().header("x-jianmian", "1").header("origin", "null");
    problem(null.send().await.unwrap(), 403, "foreign_origin").await;
    let consent = county.post("/api/phone/consent").bearer_auth(stray_token());
    let foreign = consent.header("origin", "https://evil.example").json(&json!({}));
    problem(foreign.send().await.unwrap(), 403, "foreign_origin").await;
    county.close().await;
}

#[tokio::test]
async fn uploads_beyond_the_places_are_asked_to_come_again() {
    let county = County::open().await;
    let head = format!(
        "POST /api/phone/photo HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 1000\r\n\r\nabc",
        stray_token()
    );
    let mut slow = Vec::new();
    for _ in 0..8 {
        slow.push(county.raw(head.as_bytes()).await);
    }
    let response = loop {
        let photo = county.post("/api/phone/photo").bearer_auth(stray_token());
        let response = photo.body(vec![0_u8; (8 << 20) + 1]).send().await.unwrap();
        if response.status() != StatusCode::PAYLOAD_TOO_LARGE {
            break response; // the eight have been read as far as they go
        }
    };
    assert!(response.headers().contains_key("retry-after"));
    problem(response, 503, "busy").await;
    drop(slow);
    county.close().await;
}

#[tokio::test]
async fn garbage_on_the_wire_ends_its_connection_and_nothing_else() {
    let county = County::open().await;
    for garbage in [
        &b"\x16\x03\x01\x02\x00garbage\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
        &[0; 4096],
    ] {
        let mut stream = county.raw(garbage).await;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let _ =
            tokio::time::timeout(std::time::Duration::from_secs(5), read).await.expect("closed");
    }
    assert_eq!(county.get("/robots.txt").send().await.unwrap().status(), StatusCode::OK);
    county.close().await;
}

/// Tries to open the socket of a call; the response when it is refused.
async fn socket(
    county: &County,
    call: &str,
    protocols: Option<&str>,
) -> Result<Socket, tokio_tungstenite::tungstenite::http::Response<Option<Vec<u8>>>> {
    let url = format!("ws://{}/api/phone/calls/{call}/ws", county.address);
    let mut request = url.into_client_request().unwrap();
    if let Some(protocols) = protocols {
        let value = HeaderValue::from_str(protocols).unwrap();
        request.headers_mut().insert("sec-websocket-protocol", value);
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(SocketError::Http(response)) => Err(*response),
        Err(other) => panic!("{other}"),
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<TcpStream>>;

#[tokio::test]
async fn a_socket_speaks_our_protocol_or_none() {
    let county = County::open().await;
    let call = "0190a5e2-7c3f-7000-8000-123456789012";
    for protocols in [None, Some("graphql-ws"), Some("jianmian.v2, token")] {
        let refused = socket(&county, call, protocols).await.err().unwrap();
        assert_eq!(refused.status(), 400, "{protocols:?}");
    }
    let plain = county.get(&format!("/api/phone/calls/{call}/ws")).send().await.unwrap();
    problem(plain, 400, "not_a_websocket").await;
    county.close().await;
}
