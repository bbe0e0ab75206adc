//! The door from outside: the whole program on a real listener, real requests.

mod door;
mod feed;
mod people;
mod receipts;
mod roles;
mod socket;

use jianmian::{
    app::App,
    clock::SystemClock,
    config::Settings,
    domain::{audit::Actor, beneficiary::IdNumber},
    http::{DemoDesk, DemoOfficer},
    service::{Progress, RosterFile, RosterOptions, Service},
};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, SET_COOKIE},
    redirect::Policy,
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::oneshot, task::JoinHandle};

/// The whole program without models, on loopback and an SQLite file of its own, until it is closed.
struct County {
    address: SocketAddr,
    client: Client,
    service: Arc<Service>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<anyhow::Result<()>>,
    dir: tempfile::TempDir,
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
        settings.console.danger_password_only = true;
        change(&mut settings);
        jianmian::telemetry::watch();
        let desk = settings.demo.danger_enabled.then(|| DemoDesk {
            officers: ["reviewer", "approver"]
                .map(|name| DemoOfficer { name: name.into(), password: format!("of the {name}") })
                .into(),
        });
        let app = App::build(settings, SystemClock::shared(), desk).await.unwrap();
        let (address, service) = (app.http_address().unwrap(), Arc::clone(app.service()));
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(app.run(async {
            let _ = stopped.await;
        }));
        let client = Client::builder().redirect(Policy::none()).cookie_store(true).build().unwrap();
        Self { address, client, service, stop: Some(stop), served, dir }
    }

    /// Somebody who does not exist, imported, with a link: its token.
    async fn link(&self) -> String {
        let digits = "99000019470312001";
        let number = format!("{digits}{}", IdNumber::check_character(digits).unwrap());
        let roster = format!("name,id_number\n王秀兰,{number}\n");
        let none = |_: &str| Err("no photographs".to_owned());
        let (file, quiet) = (RosterFile::from_bytes(roster), Arc::new(|_, _, _| ()) as Progress);
        let options = RosterOptions::by(Actor::Operator);
        let report = self.service.roster_import(file, &none, &options, &quiet).await.unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        let link = self.service.new_link(&number).await.unwrap();
        link.url.rsplit('/').next().unwrap().to_owned()
    }

    /// A link with consent: its token.
    async fn consented(&self) -> String {
        let token = self.link().await;
        let view = self.ask(&token, "/api/phone/link").await;
        let version = &view["consent_version"];
        let consent = json!({"consent_version": version, "language": "zh", "assisted": false});
        let given = self.post("/api/phone/consent").bearer_auth(&token).json(&consent);
        assert_eq!(given.send().await.unwrap().status(), StatusCode::NO_CONTENT);
        token
    }

    /// A call opened on a link: the link's token and the answer to the opening.
    async fn call(&self) -> (String, Value) {
        let token = self.consented().await;
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
