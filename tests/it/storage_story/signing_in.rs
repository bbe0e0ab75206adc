//! Signing in: throttle, codes, passkeys, invitations, sessions, roles.

use super::{authenticator::Authenticator, calls::code, stage::Stage};
use jianmian::{
    credential::code as one_time,
    domain::role::Role,
    service::{
        Invited, NewSession, ServiceError, Source,
        views::{PasskeySigned, PasswordChoice, PasswordForm, ProofForm},
    },
};
use std::sync::Arc;

const HOST: &str = "county.example";
const RIGHT: &str = "correct horse battery";

fn form(name: &str, password: &str, code: &str) -> PasswordForm {
    PasswordForm { name: name.into(), password: password.into(), code: code.into() }
}

fn from(network: &str) -> Source {
    Source { network: network.into(), ..Source::default() }
}

fn token_of(url: &str) -> String {
    url.strip_prefix("https://county.example/console#/invitation/").unwrap().to_owned()
}

pub async fn sessions_end_and_guessing_is_slowed(stage: &Stage) {
    let right = "correct horse battery";
    let li = stage.officer("Li").await;
    assert_eq!(code(&stage.service.add_officer("li", right).await.unwrap_err()), "name_taken");
    assert_eq!(code(&stage.service.add_officer("wu", "short").await.unwrap_err()), "weak_password");
    stage.service.ensure_officer("li", &[Role::Officer], "another password").await.unwrap();
    let token = stage.sign_in(" LI ", right).await.unwrap();
    for _ in 0..3 {
        stage.pass(29 * 60);
        assert_eq!(stage.service.officer(&token).await.unwrap().id, li, "idle time is renewed");
    }
    stage.pass(31 * 60);
    let idle = stage.service.officer(&token).await.unwrap_err();
    assert!(matches!(idle, ServiceError::SignedOut));
    let token = stage.sign_in("li", right).await.unwrap();
    stage.service.sign_out(&token).await.unwrap();
    stage.service.sign_out(&token).await.unwrap();
    assert!(stage.service.officer(&token).await.is_err());

    for name in ["li", "nobody"] {
        for _ in 0..5 {
            let error = stage.sign_in(name, "wrong password").await.unwrap_err();
            assert!(matches!(error, ServiceError::SignInRefused), "{error:?}");
        }
        let error = stage.sign_in(name, right).await.unwrap_err();
        assert!(matches!(error, ServiceError::SlowDown { retry_after_s: 1..=2 }), "{error:?}");
    }
    // However long somebody guesses, the officer waits a minute at most.
    for _ in 0..10 {
        stage.pass(61);
        let _ = stage.sign_in("li", "wrong password").await;
    }
    let error = stage.sign_in("li", right).await.unwrap_err();
    assert!(matches!(error, ServiceError::SlowDown { retry_after_s: 60..=61 }), "{error:?}");
    stage.pass(61);
    stage.sign_in("li", right).await.unwrap();

    // Guesses at the same time do not share one count.
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let service = Arc::clone(&stage.service);
            tokio::spawn(async move {
                service.sign_in(&form("li", "wrong password", ""), &from("")).await.unwrap_err()
            })
        })
        .collect();
    let mut looked_at = 0;
    for task in tasks {
        looked_at += u32::from(matches!(task.await.unwrap(), ServiceError::SignInRefused));
    }
    assert!((1..=5).contains(&looked_at), "{looked_at} passwords were looked at");
}

/// Guesses from elsewhere, however many, do not keep the officer out of a browser that is known.
pub async fn guessing_locks_nobody_out(stage: &Stage) {
    stage.officer("li").await;
    let sign_in = |source: Source| {
        let service = Arc::clone(&stage.service);
        async move { service.sign_in(&form("li", RIGHT, ""), &source).await }
    };
    let first = sign_in(from("192.0.2.0/24")).await.unwrap();
    for network in 0..12 {
        for _ in 0..5 {
            let source = from(&format!("198.51.{network}.0/24"));
            let _ = stage.service.sign_in(&form("li", "wrong password", ""), &source).await;
        }
    }
    let stranger = sign_in(from("203.0.113.0/24")).await.unwrap_err();
    assert!(matches!(stranger, ServiceError::SlowDown { .. }), "a new browser waits: {stranger:?}");
    let known = Source { browser_token: Some(first.browser_token), ..from("203.0.113.0/24") };
    sign_in(known.clone()).await.unwrap();
    // A known browser is not a way around the throttle, and it is known for its own officer only.
    for _ in 0..5 {
        let _ = stage.service.sign_in(&form("li", "wrong password", ""), &known).await;
    }
    let slowed = sign_in(known).await.unwrap_err();
    assert!(matches!(slowed, ServiceError::SlowDown { .. }));
}

/// Invited, code set up on a telephone, signed in with both; no code works twice.
pub async fn a_password_and_a_code(stage: &Stage) {
    let mut settings = stage.settings.clone();
    settings.console.danger_password_only = false;
    let service = stage.again(&settings).await;
    service.add_officer("wu", RIGHT).await.unwrap();
    let alone = service.sign_in(&form("wu", RIGHT, ""), &from("a")).await.unwrap_err();
    assert!(matches!(alone, ServiceError::SecondFactorMissing), "{alone:?}");
    service.add_officer_as("zhou", &[Role::PaymentClerk], Some(RIGHT)).await.unwrap();
    service.sign_in(&form("zhou", RIGHT, ""), &from("a")).await.unwrap();

    let wu = service.officer_named("wu").await.unwrap();
    let older = token_of(&service.invite(wu).await.unwrap().url);
    let token = token_of(&service.invite(wu).await.unwrap().url);
    assert_eq!(code(&service.invitation(&older).await.unwrap_err()), "invitation_unknown");
    let view = service.invitation(&token).await.unwrap();
    assert_eq!(view.otpauth, service.invitation(&token).await.unwrap().otpauth, "drawn once");
    let secret = from_base32(&view.code_secret);
    let now = || stage.clock_s();
    let choice = |code: String| PasswordChoice { password: "a new long password".into(), code };
    let wrong = service.accept_with_password(&token, &choice("000000".into()), &from("a")).await;
    assert_eq!(code(&wrong.unwrap_err()), "wrong_code");
    let first = choice(one_time::at(&secret, now()));
    let session = service.accept_with_password(&token, &first, &from("a")).await.unwrap();
    assert_eq!(service.officer(&session.session_token).await.unwrap().id, wu);
    let again = service.accept_with_password(&token, &first, &from("a")).await.unwrap_err();
    assert_eq!(code(&again), "invitation_unknown");

    let sign_in = async |code: &str| {
        service.sign_in(&form("wu", "a new long password", code), &from("a")).await
    };
    assert!(matches!(sign_in("").await.unwrap_err(), ServiceError::CodeNeeded));
    let replayed = sign_in(&one_time::at(&secret, now())).await.unwrap_err();
    assert!(matches!(replayed, ServiceError::SignInRefused), "{replayed:?}");
    stage.pass(30);
    sign_in(&one_time::at(&secret, now())).await.unwrap();
    let old = service.sign_in(&form("wu", RIGHT, &one_time::at(&secret, now())), &from("b")).await;
    assert!(matches!(old.unwrap_err(), ServiceError::SignInRefused), "the old password is gone");

    // Shown anew in passing; after five minutes it no longer counts.
    stage.pass(301);
    let view = service.officer(&session.session_token).await.unwrap();
    assert_eq!(code(&service.wants_proof(view.proved_at).unwrap_err()), "proof_needed");
    let proof =
        ProofForm { password: "a new long password".into(), code: one_time::at(&secret, now()) };
    service.prove(&session.session_token, &proof).await.unwrap();
    let view = service.officer(&session.session_token).await.unwrap();
    service.wants_proof(view.proved_at).unwrap();
}

fn from_base32(text: &str) -> Vec<u8> {
    let value = |c: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap();
    let (mut bits, mut count, mut out) = (0_usize, 0, Vec::new());
    for c in text.chars() {
        bits = (bits << 5 | value(c)) & 0xffff;
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 255).unwrap());
        }
    }
    out
}

/// Invited, a passkey made, signed in with it; each challenge once, for its purpose, within its time.
pub async fn a_passkey(stage: &Stage) {
    let service = &stage.service;
    let id = service.add_officer_as("chen", &[Role::Officer], None).await.unwrap();
    let token = token_of(&service.invite(id).await.unwrap().url);
    let elsewhere = service.invitation_options("127.0.0.1:8780", &token).await.unwrap_err();
    assert_eq!(code(&elsewhere), "passkeys_elsewhere");
    let chip = Authenticator::new("https://county.example", HOST);
    let made = chip.make(&service.invitation_options(HOST, &token).await.unwrap().challenge);
    service.accept_with_passkey(HOST, &token, &made, &from("a")).await.unwrap();
    let again = service.accept_with_passkey(HOST, &token, &made, &from("a")).await.unwrap_err();
    assert_eq!(code(&again), "invitation_unknown");

    let draw = || service.passkey_options(HOST).unwrap().challenge;
    let sign_in = async |signed: &PasskeySigned| -> Result<NewSession, ServiceError> {
        service.passkey_sign_in(HOST, signed, &from("a")).await
    };
    let signed = chip.sign(&draw());
    let session = sign_in(&signed).await.unwrap();
    let refused = |result: Result<NewSession, ServiceError>| {
        matches!(result.unwrap_err(), ServiceError::SignInRefused)
    };
    assert!(refused(sign_in(&signed).await), "used");
    let late = chip.sign(&draw());
    stage.pass(301);
    assert!(refused(sign_in(&late).await), "late");
    assert!(refused(sign_in(&chip.sign("bm90IG91cnM")).await), "not ours");
    let other = Authenticator::new("https://county.example", HOST);
    assert!(refused(sign_in(&other.sign(&draw())).await), "not registered");
    let proof = service.proof_options(HOST, id).await.unwrap().challenge;
    assert!(refused(sign_in(&chip.sign(&proof)).await), "drawn for something else");
    let who = (id, session.session_token.as_str());
    let proof = service.proof_options(HOST, id).await.unwrap().challenge;
    service.prove_by_passkey(HOST, who, &chip.sign(&proof)).await.unwrap();
    let phished = chip.at("https://county.example.evil");
    assert!(refused(sign_in(&phished.sign(&draw())).await), "another page");
}

/// Sessions are listed and ended; roles that are taken end them too; nobody changes their own.
pub async fn sessions_and_roles(stage: &Stage) {
    let service = &stage.service;
    let li = stage.officer("li").await;
    let roles = [Role::Supervisor, Role::Officer];
    let boss = service.add_officer_as("boss", &roles, Some(RIGHT)).await.unwrap();
    let (one, two) = (stage.sign_in("li", RIGHT).await, stage.sign_in("li", RIGHT).await);
    let (one, two) = (one.unwrap(), two.unwrap());
    let open = service.sessions(li, li, &one).await.unwrap();
    assert_eq!((open.len(), open.iter().filter(|s| s.here).count()), (2, 1));
    assert_eq!(code(&service.sessions(li, boss, &one).await.unwrap_err()), "not_allowed");
    assert_eq!(code(&service.revoke(li, boss, None, &one).await.unwrap_err()), "not_allowed");
    service.revoke(li, li, None, &one).await.unwrap();
    assert!(service.officer(&two).await.is_err());
    let rest = service.sessions(boss, li, "").await.unwrap();
    assert_eq!(rest.len(), 1);
    let strange = service.revoke(boss, boss, Some(&rest[0].id), "").await.unwrap_err();
    assert_eq!(code(&strange), "not_found", "a session is ended under its officer only");
    service.revoke(boss, li, Some(&rest[0].id), "").await.unwrap();
    assert!(service.officer(&one).await.is_err());

    let own = service.set_roles(Some(boss), boss, &[Role::Auditor]).await.unwrap_err();
    assert_eq!(code(&own), "not_allowed");
    let raised = service.set_roles(Some(li), li, &roles).await.unwrap_err();
    assert_eq!(code(&raised), "not_allowed");
    let one = stage.sign_in("li", RIGHT).await.unwrap();
    service.set_roles(Some(boss), li, &[]).await.unwrap();
    assert!(service.officer(&one).await.is_err(), "signed out at once");
    let out = stage.sign_in("li", RIGHT).await.unwrap_err();
    assert!(matches!(out, ServiceError::SignInRefused));
    let again = Invited::New { name: "LI", roles: &[Role::Officer] };
    assert_eq!(code(&service.invite_as(boss, again).await.unwrap_err()), "name_taken");
    assert_eq!(code(&service.invite_as(li, again).await.unwrap_err()), "not_allowed");
    let listed = service.officers().await.unwrap();
    let li = listed.iter().find(|o| o.id == li).unwrap();
    assert_eq!((li.roles.len(), li.sessions, li.password), (0, 0, true));
}
