//! Receipts: from a confirmation to whoever is shown one, over the door.

use super::{County, guarded, problem};
use jianmian::{
    frame::Picture,
    ledger::{Certificate, verifying_key},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

fn photograph() -> Vec<u8> {
    let rgb = (0..=250).cycle().take(160 * 120 * 3).collect();
    Picture::from_rgb(160, 120, rgb).unwrap().to_jpeg(160, 90).unwrap()
}

impl County {
    /// A link that an officer has confirmed by a photograph: its token.
    async fn confirmed(&self) -> String {
        let token = self.consented().await;
        let sent = self.post("/api/phone/photo").bearer_auth(&token).body(photograph());
        assert_eq!(sent.send().await.unwrap().status(), StatusCode::CREATED);
        self.sign_in().await;
        let queue: Value = self
            .get("/api/console/cases?lane=to_review")
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let id = queue["cases"][0]["id"].as_str().unwrap();
        let case: Value = self
            .get(&format!("/api/console/cases/{id}"))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(case["call"]["stills"].as_array().unwrap().len(), 1, "the photograph is shown");
        let form = json!({"version": case["version"], "disposition": {"disposition": "confirm"}});
        let path = format!("/api/console/cases/{id}/disposition");
        let done = self.console(&path).json(&form).send().await.unwrap();
        assert_eq!(done.status(), StatusCode::OK, "{}", done.text().await.unwrap());
        token
    }

    async fn checked(&self, certificate: &str) -> Value {
        let response = self.get(&format!("/api/verify/{certificate}")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["cache-control"], "no-store");
        response.json().await.unwrap()
    }
}

#[tokio::test]
async fn a_receipt_is_shown_to_others_and_tells_no_more_than_the_family_name() {
    let county = County::open_with(|s| s.console.four_eyes = false).await;
    let token = county.confirmed().await;
    let view = county.ask(&token, "/api/phone/certificate").await;
    assert!(view["qr_svg"].as_str().unwrap().contains("<svg"));
    let url = view["url"].as_str().unwrap();
    let base = format!("http://{}/v/", county.address);
    let certificate = url.strip_prefix(&base).unwrap_or_else(|| panic!("{url}"));
    assert!(!url.contains(&token));

    let page = county.get(&format!("/v/{certificate}")).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    guarded(page.headers());
    let said = county.checked(certificate).await;
    assert_eq!(
        (&said["standing"], &said["certificate"]["addressee"]),
        (&json!("holds"), &json!("王**"))
    );
    assert_eq!(said["certificate"]["due_on"], view["due_on"]);
    assert_eq!(said["certificate"]["receipt_number"], view["receipt_number"]);
    for personal in ["秀兰", "99000019470312", "1947"] {
        assert!(!said.to_string().contains(personal), "{said}");
    }

    let key: Value = county.get("/api/verify/key").send().await.unwrap().json().await.unwrap();
    let key = verifying_key(key["public_key"].as_str().unwrap()).unwrap();
    let offline = Certificate::read(certificate, &key).unwrap();
    assert_eq!(offline.due_on.to_string(), said["certificate"]["due_on"].as_str().unwrap());
    county.close().await;
}

#[tokio::test]
async fn an_altered_receipt_and_one_of_another_county_are_told_from_a_genuine_one() {
    let county = County::open_with(|s| s.console.four_eyes = false).await;
    let token = county.confirmed().await;
    let url =
        county.ask(&token, "/api/phone/certificate").await["url"].as_str().unwrap().to_owned();
    let certificate = url.rsplit('/').next().unwrap();
    for at in [4, 40, certificate.len() - 12, certificate.len() - 30] {
        let mut bent = certificate.to_owned().into_bytes();
        bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
        let said = county.checked(std::str::from_utf8(&bent).unwrap()).await;
        assert_eq!(said["standing"], "altered", "character {at}");
        assert_eq!(said["certificate"], Value::Null, "an altered receipt is not read out");
    }
    let elsewhere = County::open().await;
    assert_eq!(elsewhere.checked(certificate).await["standing"], "altered");
    for nonsense in ["x", "K7M3PX9HERT4", "%E7%8E%8B", &"A".repeat(3000)] {
        assert_eq!(county.checked(nonsense).await["standing"], "unreadable", "{nonsense}");
    }
    elsewhere.close().await;
    county.close().await;
}

#[tokio::test]
async fn before_a_confirmation_there_is_no_receipt() {
    let county = County::open().await;
    let token = county.consented().await;
    let asked = county.get("/api/phone/certificate").bearer_auth(&token).send().await.unwrap();
    problem(asked, 409, "not_confirmed").await;
    let nobody = county.get("/api/phone/certificate").send().await.unwrap();
    problem(nobody, 401, "link_missing").await;
    county.close().await;
}
