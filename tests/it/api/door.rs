//! Pages, problems, limits, and what strangers send.

use super::{County, guarded, problem, stray_token};
use reqwest::{
    StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION},
};
use serde_json::json;
use std::time::Duration;
use tokio::io::AsyncReadExt;

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
        (root.status(), root.headers()[LOCATION].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/console")
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
