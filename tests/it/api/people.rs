//! Citizens and officers through the door.

use super::{County, problem, socket::heard, stray_token};
use futures_util::SinkExt;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

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
    let queues = county.get("/api/console/cases?lane=closed").send().await.unwrap();
    let lanes = queues.json::<Value>().await.unwrap()["counts"].clone();
    let lane = lanes.as_object().unwrap().iter().find(|(_, n)| *n == &json!(1)).unwrap().0.clone();
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
        format!("/api/console/references/{nothing}/image?case={nothing}"),
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
async fn without_consent_no_call_is_opened() {
    let county = County::open().await;
    let token = county.link().await;
    let early = county.post("/api/phone/calls").bearer_auth(&token).send().await.unwrap();
    problem(early, 409, "consent_missing").await;
    let old = json!({"consent_version": "1999-1", "language": "zh", "assisted": false});
    let old = county.post("/api/phone/consent").bearer_auth(&token).json(&old);
    problem(old.send().await.unwrap(), 409, "consent_outdated").await;
    county.close().await;
}

#[tokio::test]
async fn a_link_of_nobody_leads_nowhere_and_pictures_must_be_pictures() {
    let county = County::open().await;
    let stray = county.get("/api/phone/link").bearer_auth(stray_token()).send().await.unwrap();
    problem(stray, 404, "link_unknown").await;
    let token = county.consented().await;
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
async fn health_tells_packs_and_calls_and_the_demonstration_its_officers() {
    let county = County::open_with(|s| s.demo.danger_enabled = true).await;
    let health = county.get("/health").send().await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);
    let health: Value = health.json().await.unwrap();
    assert_eq!((&health["status"], &health["live_calls"]), (&json!("ok"), &json!(0)), "{health}");
    let demo: Value = county.get("/api/demo").send().await.unwrap().json().await.unwrap();
    let officer = |name: &str| json!({"name": name, "password": format!("of the {name}")});
    assert_eq!(demo["officers"], json!([officer("reviewer"), officer("approver")]));
    assert_eq!(county.get("/demo").send().await.unwrap().status(), StatusCode::OK);
    let enrol = county.post("/api/demo/enrol").body("no picture").send().await.unwrap();
    assert_eq!(enrol.status(), StatusCode::UNPROCESSABLE_ENTITY);
    county.close().await;
}
