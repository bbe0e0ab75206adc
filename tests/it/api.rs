//! The door from outside: a real listener on loopback, real requests.

use futures_util::{SinkExt, StreamExt};
use jianmian::{
    app::App, clock::SystemClock, config::Settings, domain::beneficiary::IdNumber, http::DemoDesk,
    service::Service,
};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};
use tokio_tungstenite::tungstenite::{
    Error as SocketError, Message, client::IntoClientRequest, http::HeaderValue,
};

/// The whole program without models, on loopback and an SQLite file of its own, until it is closed.
struct County {
    address: SocketAddr,
    client: Client,
    service: Arc<Service>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<anyhow::Result<()>>,
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
        settings.server.listen = "127.0.0.1:0".parse().unwrap();
        settings.media.udp_listen = "127.0.0.1:0".parse().unwrap();
        settings.media.tcp_listen = String::new();
        settings.models.pack = "none".into();
        change(&mut settings);
        // Every line that these tests cause passes the barrier, which panics here on personal data.
        jianmian::telemetry::init(&settings.log).unwrap();
        let desk = settings.demo.danger_enabled.then(|| DemoDesk {
            officer_name: "demo".into(),
            officer_password: "made up for this test".into(),
        });
        let app = App::build(settings, SystemClock::shared(), desk).await.unwrap();
        let (address, service) = (app.http_address().unwrap(), Arc::clone(app.service()));
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(app.run(async {
            let _ = stopped.await;
        }));
        let client = Client::builder().redirect(Policy::none()).cookie_store(true).build().unwrap();
        Self { address, client, service, stop: Some(stop), served, _dir: dir }
    }

    /// Somebody who does not exist, imported, with a link: its token.
    async fn link(&self) -> String {
        let digits = "99000019470312001";
        let number = format!("{digits}{}", IdNumber::check_character(digits).unwrap());
        let roster = format!("name,id_number\n王秀兰,{number}\n");
        let none = |_: &str| Err("no photographs".to_owned());
        let report =
            self.service.roster_import(roster.as_bytes(), &none, false, &|_, _| ()).await.unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        let link = self.service.new_link(&number).await.unwrap();
        link.url.rsplit('/').next().unwrap().to_owned()
    }

    /// A link with consent and a call opened on it: the link's token and the answer to the opening.
    async fn call(&self) -> (String, Value) {
        let token = self.link().await;
        let view: Value = self.ask(&token, "/api/phone/link").await;
        let consent = json!({"consent_version": view["consent_version"], "language": "zh", "assisted": false});
        let given = self.post("/api/phone/consent").bearer_auth(&token).json(&consent);
        assert_eq!(given.send().await.unwrap().status(), StatusCode::NO_CONTENT);
        let opened = self.post("/api/phone/calls").bearer_auth(&token).send().await.unwrap();
        assert_eq!(opened.status(), StatusCode::CREATED);
        (token, opened.json().await.unwrap())
    }

    async fn ask(&self, token: &str, path: &str) -> Value {
        let response = self.get(path).bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
    }

    /// An officer, signed in (the client keeps the cookie).
    async fn sign_in(&self) {
        self.service.add_officer("reviewer", "a long made-up password").await.unwrap();
        let form = json!({"name": "reviewer", "password": "a long made-up password"});
        let response = self.console("/api/console/sign-in").json(&form).send().await.unwrap();
        let cookie = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
        for part in ["jm_officer=", "HttpOnly", "SameSite=Strict", "Path=/api/console"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.json::<Value>().await.unwrap()["name"], "reviewer");
    }

    fn console(&self, path: &str) -> RequestBuilder {
        self.post(path).header("x-jianmian", "1")
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
        let _ = tokio::time::timeout(Duration::from_secs(5), read).await.expect("closed");
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

impl County {
    /// A socket of an opened call.
    async fn attached(&self, opened: &Value, token: &str) -> Socket {
        let call = opened["call_id"].as_str().unwrap();
        socket(self, call, Some(&format!("jianmian.v1, {token}"))).await.ok().unwrap()
    }
}

/// The next control message.
async fn heard(socket: &mut Socket) -> Value {
    loop {
        match next(socket).await {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn next(socket: &mut Socket) -> Message {
    let message = tokio::time::timeout(Duration::from_secs(20), socket.next()).await;
    message.expect("nothing came").expect("ended").unwrap()
}

/// The code that the socket is closed with, whatever came before.
async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        if let Message::Close(frame) = next(socket).await {
            return frame.unwrap().code.into();
        }
    }
}

#[tokio::test]
async fn close_codes_tell_a_bad_token_an_unknown_call_and_a_take_over() {
    let county = County::open().await;
    let (_, opened) = county.call().await;
    let token = opened["call_token"].as_str().unwrap();
    assert_eq!(close_code(&mut county.attached(&opened, &stray_token()).await).await, 4401);
    assert_eq!(close_code(&mut county.attached(&opened, "").await).await, 4401);
    for call in ["0190a5e2-7c3f-7000-8000-123456789012", "no-call-at-all"] {
        let offered = format!("jianmian.v1, {token}");
        let mut stray = socket(&county, call, Some(&offered)).await.ok().unwrap();
        assert_eq!(close_code(&mut stray).await, 4404);
    }
    let mut first = county.attached(&opened, token).await;
    assert_eq!(heard(&mut first).await["type"], "welcome");
    let mut second = county.attached(&opened, token).await;
    assert_eq!(heard(&mut second).await["type"], "welcome");
    assert_eq!(close_code(&mut first).await, 4409);
    county.close().await;
}

#[tokio::test]
async fn what_a_call_does_not_understand_is_named_and_the_call_goes_on() {
    let county = County::open().await;
    let (_, opened) = county.call().await;
    let mut socket = county.attached(&opened, opened["call_token"].as_str().unwrap()).await;
    assert_eq!(heard(&mut socket).await["type"], "welcome");
    let sdp = |bytes: usize| json!({"type": "offer", "sdp": "v".repeat(bytes)}).to_string();
    for (message, code) in [
        (Message::text("{"), "malformed"),
        (Message::text(r#"{"type":"confirm_me"}"#), "malformed"),
        (Message::text(sdp(64 * 1024 + 1)), "too_large"),
        (Message::text(sdp(40)), "bad_sdp"),
        (Message::binary(&b"GIF89a"[..]), "bad_picture"),
        (Message::binary(vec![0xff; 400_001]), "too_large"),
        (Message::binary(&b"\xff\xd8\xff\xe0cut off"[..]), "out_of_place"),
    ] {
        socket.send(message).await.unwrap();
        let fault = heard(&mut socket).await;
        assert_eq!((&fault["type"], &fault["code"]), (&json!("fault"), &json!(code)), "{fault}");
    }
    socket.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    assert_eq!(heard(&mut socket).await["type"], "pong");
    for _ in 0..30 {
        let _late = socket.send(Message::text("[]")).await;
    }
    assert_eq!(close_code(&mut socket).await, 1008);
    county.close().await;
}

#[tokio::test]
async fn an_oversize_message_ends_its_socket_and_the_call_can_be_taken_up_again() {
    let county = County::open().await;
    let (_, opened) = county.call().await;
    let token = opened["call_token"].as_str().unwrap();
    let mut socket = county.attached(&opened, token).await;
    assert_eq!(heard(&mut socket).await["type"], "welcome");
    let _cut = socket.send(Message::binary(vec![0xff; 600 * 1024])).await;
    assert_eq!(close_code(&mut socket).await, 1009);
    let mut again = county.attached(&opened, token).await;
    assert_eq!(heard(&mut again).await["type"], "welcome");
    county.close().await;
}

#[tokio::test]
async fn a_flood_of_messages_is_answered_with_faults_and_then_the_end() {
    let county = County::open().await;
    let (_, opened) = county.call().await;
    let mut socket = county.attached(&opened, opened["call_token"].as_str().unwrap()).await;
    for _ in 0..200 {
        let _late = socket.feed(Message::text(r#"{"type":"shown","step":0}"#)).await;
    }
    let _late = socket.flush().await;
    let mut codes = Vec::new();
    let code = loop {
        match next(&mut socket).await {
            Message::Text(text) => codes.push(text.to_string()),
            Message::Close(frame) => break u16::from(frame.unwrap().code),
            _ => {}
        }
    };
    assert_eq!(code, 1008);
    assert!(codes.iter().any(|c| c.contains("too_fast")), "{codes:?}");
    county.close().await;
}

#[tokio::test]
async fn whoever_asks_for_a_person_waits_in_the_officers_queue() {
    let county = County::open().await;
    let (token, opened) = county.call().await;
    let mut socket = county.attached(&opened, opened["call_token"].as_str().unwrap()).await;
    assert_eq!(heard(&mut socket).await["type"], "welcome");
    socket.send(Message::text(r#"{"type":"ask_person"}"#)).await.unwrap();
    let result = loop {
        let message = heard(&mut socket).await;
        if message["type"] == "result" {
            break message["result"].clone();
        }
    };
    assert_eq!(result["outcome"], "with_officer", "{result}");
    let view = county.ask(&token, "/api/phone/link").await;
    assert_eq!(view["state"], "with_officer");
    assert_eq!(view["case"]["case_number"], result["case_number"]);
    assert!(!view.to_string().contains("秀兰"), "the name is masked: {view}");
    let again = county.post("/api/phone/calls").bearer_auth(&token).send().await.unwrap();
    problem(again, 409, "with_officer").await;

    county.sign_in().await;
    let counts = county.get("/api/console/cases?lane=closed").send().await.unwrap();
    let counts = counts.json::<Value>().await.unwrap()["counts"].clone();
    let lane = counts.as_object().unwrap().iter().find(|(_, n)| *n == &json!(1)).unwrap().0.clone();
    let queue = county.get(&format!("/api/console/cases?lane={lane}")).send().await.unwrap();
    let case = queue.json::<Value>().await.unwrap()["cases"][0].clone();
    assert_eq!(case["case_number"], result["case_number"]);
    let path = format!("/api/console/cases/{}", case["id"].as_str().unwrap());
    let opened: Value = county.get(&path).send().await.unwrap().json().await.unwrap();
    assert_eq!(opened["beneficiary"]["name"], "王秀兰");
    let stale = json!({"version": 99, "disposition": {"disposition": "confirm"}});
    let stale = county.console(&format!("{path}/disposition")).json(&stale);
    problem(stale.send().await.unwrap(), 409, "stale_version").await;
    let wrong = json!({"version": 1, "disposition": {"disposition": "reject"}});
    let wrong = county.console(&format!("{path}/disposition")).json(&wrong);
    problem(wrong.send().await.unwrap(), 422, "malformed").await;
    county.close().await;
}

#[tokio::test]
async fn an_officer_signs_in_and_out_and_ids_of_nothing_are_not_found() {
    let county = County::open().await;
    let wrong = json!({"name": "reviewer", "password": "wrong"});
    let refused = county.console("/api/console/sign-in").json(&wrong).send().await.unwrap();
    problem(refused, 401, "sign_in_refused").await;
    county.sign_in().await;
    let me = county.get("/api/console/me").send().await.unwrap();
    assert_eq!(me.json::<Value>().await.unwrap()["name"], "reviewer");
    let nothing = "0190a5e2-7c3f-7000-8000-123456789012";
    for path in [
        format!("/api/console/cases/{nothing}"),
        "/api/console/cases/not-an-id".into(),
        format!("/api/console/stills/{nothing}"),
        format!("/api/console/references/{nothing}/image"),
    ] {
        problem(county.get(&path).send().await.unwrap(), 404, "not_found").await;
    }
    let odd = county.get("/api/console/cases?lanes=x").send().await.unwrap();
    problem(odd, 400, "malformed").await;
    let out = county.console("/api/console/sign-out").send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    problem(county.get("/api/console/me").send().await.unwrap(), 401, "signed_out").await;
    county.close().await;
}

#[tokio::test]
async fn a_link_of_nobody_leads_nowhere_and_pictures_must_be_pictures() {
    let county = County::open().await;
    let stray = county.get("/api/phone/link").bearer_auth(stray_token()).send().await.unwrap();
    problem(stray, 404, "link_unknown").await;
    let token = county.link().await;
    let early = county.post("/api/phone/calls").bearer_auth(&token).send().await.unwrap();
    problem(early, 409, "consent_missing").await;
    for junk in [&b""[..], b"GIF89a", b"\xff\xd8\xff\xe0 cut off", b"\x89PNG\r\n\x1a\n\0\0"] {
        let photo = county.post("/api/phone/photo").bearer_auth(&token).body(junk);
        problem(photo.send().await.unwrap(), 422, "unreadable_picture").await;
    }
    let form = json!({"way": "person", "wish": "x".repeat(501)});
    let long = county.post("/api/phone/other-way").bearer_auth(&token).json(&form);
    assert_eq!(long.send().await.unwrap().status(), StatusCode::UNPROCESSABLE_ENTITY);
    let form = json!({"way": "person", "wish": "in the morning"});
    let asked = county.post("/api/phone/other-way").bearer_auth(&token).json(&form);
    let asked = asked.send().await.unwrap();
    assert_eq!(asked.status(), StatusCode::CREATED);
    assert!(asked.json::<Value>().await.unwrap()["case_number"].is_string());
    county.close().await;
}

#[tokio::test]
async fn health_tells_packs_and_calls_and_the_demonstration_its_officer() {
    let county = County::open_with(|s| s.demo.danger_enabled = true).await;
    let health = county.get("/health").send().await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);
    let health: Value = health.json().await.unwrap();
    assert_eq!((&health["status"], &health["live_calls"]), (&json!("ok"), &json!(0)), "{health}");
    let demo: Value = county.get("/api/demo").send().await.unwrap().json().await.unwrap();
    assert_eq!(demo["officer_name"], "demo");
    assert_eq!(demo["officer_password"], "made up for this test");
    assert_eq!(county.get("/demo").send().await.unwrap().status(), StatusCode::OK);
    let enrol = county.post("/api/demo/enrol").body("no picture").send().await.unwrap();
    assert_eq!(enrol.status(), StatusCode::UNPROCESSABLE_ENTITY);
    county.close().await;
}
