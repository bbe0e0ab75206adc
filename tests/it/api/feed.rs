//! Machines through the door: tokens, pages with `ETags`, rates, the gateway's signed reports, and the codes of letters.

use super::{County, problem, stray_token};
use chrono::Utc;
use jianmian::{
    clock::china_date,
    config::Secret,
    domain::{beneficiary::IdNumber, confirmation::Channel},
    notice::carry::signature::{SIGNATURE, TIMESTAMP, sign},
    service::EvidenceOfLife,
    storage::Db,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

impl County {
    /// Somebody who was confirmed at a station today.
    async fn confirmed_at_a_station(&self) {
        self.link().await;
        let db = Db::open("sqlite:jianmian.db", &self.dir.path().join("data")).await.unwrap();
        let digits = "99000019470312001";
        let number = format!("{digits}{}", IdNumber::check_character(digits).unwrap());
        let number = IdNumber::parse(&number).unwrap();
        let whom = db.read().await.unwrap().beneficiary_of_number(&number).await.unwrap().unwrap();
        let life = EvidenceOfLife {
            beneficiary_id: whom.id,
            channel: Channel::Station,
            alive_on: china_date(Utc::now()),
            evidence_sha256: None,
            officer_id: None,
        };
        assert_eq!(self.service.confirm_by_evidence(&[life]).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_machine_reads_the_continuation_page_by_page() {
    let county = County::open().await;
    let token = county.service.new_feed_token("bank").await.unwrap();
    for bearer in [None, Some(stray_token())] {
        let mut asked = county.get("/feed/continuation");
        if let Some(bearer) = bearer {
            asked = asked.bearer_auth(bearer);
        }
        problem(asked.send().await.unwrap(), 401, "token_refused").await;
    }
    let empty = county.ask(&token, "/feed/continuation").await;
    assert_eq!(
        (&empty["rows"], &empty["next"], &empty["more"]),
        (&json!([]), &json!("0-0"), &json!(false))
    );
    county.confirmed_at_a_station().await;
    county.service.export_continuation(&|_| ()).await.unwrap();
    let page = county.ask(&token, "/feed/continuation?after=0-0&limit=5").await;
    assert_eq!(page["rows"][0]["kind"], "continue");
    assert_eq!(page["next"], "1-1");
    let rest = county.ask(&token, "/feed/continuation?after=1-1").await;
    assert_eq!((&rest["rows"], &rest["next"]), (&json!([]), &json!("1-1")));
    let bad = county.get("/feed/continuation?after=x").bearer_auth(&token).send().await.unwrap();
    problem(bad, 422, "bad_cursor").await;
    let files = county.ask(&token, "/feed/continuation/files").await;
    assert_eq!(files["files"][0]["totals"]["rows"], 1);
    for part in ["csv", "json", "control.json", "csv.sig"] {
        let path = format!("/feed/continuation/files/1/{part}");
        let first = county.get(&path).bearer_auth(&token).send().await.unwrap();
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()["etag"].clone();
        assert_eq!(first.headers()["cache-control"], "private, no-cache");
        let again = county
            .get(&path)
            .bearer_auth(&token)
            .header("if-none-match", &tag)
            .send()
            .await
            .unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()["etag"], tag);
        assert!(again.bytes().await.unwrap().is_empty());
    }
    let none =
        county.get("/feed/continuation/files/2/csv").bearer_auth(&token).send().await.unwrap();
    problem(none, 404, "not_found").await;
    let mut slowed = None;
    for _ in 0..130 {
        let response =
            county.get("/feed/continuation/key").bearer_auth(&token).send().await.unwrap();
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            slowed = Some(response);
            break;
        }
    }
    let slowed = slowed.expect("the rate is limited");
    assert!(slowed.headers().contains_key("retry-after"));
    problem(slowed, 429, "slow_down").await;
    county.close().await;
}

#[tokio::test]
async fn the_gateway_reports_signed_and_codes_are_typed() {
    let secret = "a long made-up secret";
    let county = County::open_with(|settings| {
        settings.notices.sms.gateway_secret = Secret::new(secret);
    })
    .await;
    let report =
        json!({"id": "0190a5e2-7c3f-7000-8000-123456789012", "delivered": true}).to_string();
    let send = |secret: &str, at: i64| {
        county
            .post("/feed/sms-reports")
            .header(TIMESTAMP, at.to_string())
            .header(SIGNATURE, sign(secret, at, report.as_bytes()))
            .body(report.clone())
            .send()
    };
    let now = Utc::now().timestamp();
    problem(send("another secret", now).await.unwrap(), 401, "signature_refused").await;
    problem(send(secret, now - 400).await.unwrap(), 401, "signature_refused").await;
    problem(send(secret, now).await.unwrap(), 404, "not_found").await;
    let page = county.get("/k").send().await.unwrap();
    assert!(page.text().await.unwrap().contains("code-form"));
    let typed = |code: &str| county.post("/api/phone/code").json(&json!({ "code": code })).send();
    problem(typed("K7M 3PX 9HE RT4").await.unwrap(), 422, "bad_code").await;
    problem(typed("333 333 333 333").await.unwrap(), 404, "link_unknown").await;
    problem(typed("too short").await.unwrap(), 422, "bad_code").await;
    let mut last = Value::Null;
    for _ in 0..80 {
        last = typed("333 333 333 333").await.unwrap().json().await.unwrap();
    }
    assert_eq!(last["code"], "slow_down");
    county.close().await;
}
