//! Every route of the console × every role × one's own and another's: what the table does not hold is refused, and nothing else.

use super::{County, problem};
use jianmian::{
    domain::{
        ids::OfficerId,
        role::{Act, Reach, Role},
    },
    http::{Entrance, entrances},
    service::{Source, views::PasswordForm},
};
use reqwest::Client;
use serde_json::{Value, json};

const PASSWORD: &str = "a long made-up password";
const NOBODY: &str = "0190a5e2-7c3f-7000-8000-123456789012";

/// An officer of one role with a session of their own.
struct Desk {
    id: OfficerId,
    cookie: String,
}

impl County {
    async fn desk(&self, name: &str, roles: &[Role]) -> Desk {
        let id = self.service.add_officer_as(name, roles, Some(PASSWORD)).await.unwrap();
        let form =
            PasswordForm { name: name.into(), password: PASSWORD.into(), code: String::new() };
        let session = self.service.sign_in(&form, &Source::default()).await.unwrap();
        Desk { id, cookie: format!("jm_officer={}", session.session_token) }
    }

    /// Status and code of a request at this desk.
    async fn asked(&self, desk: &Desk, method: &str, path: &str) -> (u16, String) {
        let client = Client::new();
        let request = if method == "GET" {
            client.get(self.url(path))
        } else {
            let body = if path.ends_with("/roles") { json!({"roles": []}) } else { json!({}) };
            client.post(self.url(path)).header("x-jianmian", "1").json(&body)
        };
        let response = request.header("cookie", &desk.cookie).send().await.unwrap();
        let status = response.status().as_u16();
        if status < 400 {
            return (status, String::new()); // news never end
        }
        let body: Value = response.json().await.unwrap_or_default();
        (status, body["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// What the table says of a route about something of one's own, or of another's. Routes about officers tell the two apart by
/// the officer they name; what is one's own desk names nobody.
fn expected(role: Role, act: Act, own: bool, path: &str) -> bool {
    match role.reach(act) {
        Reach::Never => false,
        // One's own sessions may be listed where others' are.
        reach if path.contains("/officers/{id}") => reach.covers(own),
        _ => true,
    }
}

#[tokio::test]
async fn every_route_every_role_own_and_other() {
    let county = County::open().await;
    let (mut allowed, mut denied) = (0, 0);
    for role in Role::ALL {
        let name = format!("{role:?}").to_lowercase();
        let me = county.desk(&name, &[role]).await;
        let other = county.desk(&format!("{name}-other"), &[Role::Officer]).await;
        let leaving = county.desk(&format!("{name}-leaving"), &[role]).await;
        for (method, path, entrance) in entrances() {
            let Entrance::For(act) = entrance else { continue };
            for own in [true, false] {
                if path.ends_with("/sign-out") && !own {
                    continue; // nobody is named: there is one's own session only
                }
                let me = if path.ends_with("/sign-out") { &leaving } else { &me };
                let id = match (path.contains("/officers/"), own) {
                    (true, true) => me.id.to_string(),
                    (true, false) => other.id.to_string(),
                    (false, _) => NOBODY.to_owned(),
                };
                let asked = county.asked(me, method, &path.replace("{id}", &id)).await;
                let refused = asked == (403, "not_allowed".to_owned());
                let may = expected(role, act, own, path);
                assert_eq!(!refused, may, "{role:?} {method} {path} own={own}: {asked:?}");
                assert_ne!(asked.0, 500, "{method} {path}");
                if may { allowed += 1 } else { denied += 1 }
            }
        }
    }
    println!("{allowed} allowed, {denied} denied");
    assert!(allowed > 50 && denied > 50, "{allowed} {denied}");
    county.close().await;
}

#[tokio::test]
async fn nobody_without_a_session_comes_further_than_signing_in() {
    let county = County::open().await;
    let mut open = Vec::new();
    for (method, path, entrance) in entrances() {
        let path_now = path.replace("{id}", NOBODY);
        let request = match method {
            "GET" => county.get(&path_now),
            _ => county.console(&path_now).json(&json!({})),
        };
        match entrance {
            Entrance::For(_) => {
                problem(request.send().await.unwrap(), 401, "signed_out").await;
            }
            Entrance::Anybody => open.push(path),
        }
    }
    let expected = [
        "/api/console/sign-in",
        "/api/console/sign-in/passkey/options",
        "/api/console/sign-in/passkey",
        "/api/console/invitation",
        "/api/console/invitation/password",
        "/api/console/invitation/passkey/options",
        "/api/console/invitation/passkey",
    ];
    assert_eq!(open, expected, "open to anybody: each is a decision");
    county.close().await;
}

#[tokio::test]
async fn decisions_about_officers_want_a_proof_of_this_moment() {
    let county = County::open().await;
    let boss = county.desk("boss", &[Role::Supervisor]).await;
    let invited = Client::new()
        .post(county.url("/api/console/officers"))
        .header("x-jianmian", "1")
        .header("cookie", &boss.cookie)
        .json(&json!({"name": "new.one", "roles": ["officer"]}));
    let link: Value = invited.send().await.unwrap().json().await.unwrap();
    let token = link["url"].as_str().unwrap().rsplit('/').next().unwrap();
    let view = county.console("/api/console/invitation").json(&json!({ "token": token }));
    let view: Value = view.send().await.unwrap().json().await.unwrap();
    assert_eq!((&view["name"], &view["roles"]), (&json!("new.one"), &json!(["officer"])));
    assert!(view["qr_svg"].as_str().unwrap().contains("<svg"));
    let stray = county.console("/api/console/invitation").json(&json!({"token": "x".repeat(43)}));
    problem(stray.send().await.unwrap(), 404, "invitation_unknown").await;
    county.close().await;
}
