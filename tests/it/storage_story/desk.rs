//! Quality control, statistics and the audit.

use super::{
    calls::code,
    console::{dispose, open_case},
    stage::{Guest, Stage, flagged},
};
use jianmian::{
    domain::{
        audit::Action,
        case::{AskAgainBecause, CaseStatus, Disposition as D, RefuseBecause},
        challenge::Hint,
        confirmation::Channel,
        ids::OfficerId,
        quality::{AgeBand, SamplingRule, ShareFor, Terms, Truth},
        role::Role,
        statistics::{DeviceClass, Dimension, Step},
        verdict::{Reason, Verdict},
    },
    ledger::{verify_for, verifying_key},
    service::{
        EXPORT_PURPOSE,
        views::{AuditForm, PolicyChangeForm},
    },
    storage::Db,
};
use serde_json::Value;

async fn boss(stage: &Stage, name: &str) -> OfficerId {
    stage.service.add_officer_as(name, &[Role::Supervisor], None).await.unwrap()
}

/// Somebody changes a row behind the program's back.
async fn meddled(stage: &Stage, sql: &'static str) {
    let touched = match &stage.db {
        Db::Sqlite { writer, .. } => {
            sqlx::query(sql).execute(writer).await.unwrap().rows_affected()
        }
        Db::Postgres(pool) => sqlx::query(sql).execute(pool).await.unwrap().rows_affected(),
    };
    assert!(touched > 0, "{sql}");
}

pub async fn every_pass_is_drawn_for(stage: &Stage) {
    let li = stage.officer("li").await;
    let guest = stage.guest().await;
    stage.called(&guest.token, Verdict::Confirmed).await;
    let band = |view: &jianmian::service::views::QualityView| {
        view.samples.iter().find(|s| s.age_band == AgeBand::From80).unwrap().clone()
    };
    let view = stage.service.quality().await.unwrap();
    assert_eq!((view.draws, view.draws_that_differ), (1, 0));
    assert_eq!((band(&view).passes, band(&view).drawn, band(&view).overturned.trials), (1, 1, 0));
    let case = open_case(stage, li, "sample").await;
    dispose(stage, li, (case.row.id, case.version), D::Confirm).await.unwrap();
    let decided = band(&stage.service.quality().await.unwrap()).overturned;
    assert_eq!((decided.errors, decided.trials, decided.too_small), (0, 1, true));
    assert_eq!(decided.rate, None, "one look says nothing");
    meddled(stage, "UPDATE sample_draws SET value = '00000000000000ff'").await;
    assert_eq!(stage.service.quality().await.unwrap().draws_that_differ, 1);
}

pub async fn policy_changes_take_two_and_begin_later(stage: &Stage) {
    let (boss, other) = (boss(stage, "boss").await, boss(stage, "other").await);
    let li = stage.officer("li").await;
    let today = stage.service.policy_view(boss).await.unwrap().today;
    let tomorrow = today.succ_opt().unwrap();
    let every = SamplingRule { share: 10_000, shares: Vec::new() };
    let form = |terms, effective_from| PolicyChangeForm {
        terms,
        effective_from,
        reason: "the committee of Tuesday".into(),
    };
    let sampling = |from| form(Terms::Sampling(every.clone()), from);
    let propose = async |who, form| stage.service.propose_policy(who, form).await;
    assert_eq!(code(&propose(li, sampling(tomorrow)).await.unwrap_err()), "not_allowed");
    assert_eq!(code(&propose(boss, sampling(today)).await.unwrap_err()), "effective_date");
    let mute = PolicyChangeForm { reason: " ".into(), ..sampling(tomorrow) };
    assert_eq!(code(&propose(boss, mute).await.unwrap_err()), "note_missing");
    let share = ShareFor { channel: Channel::VideoAuto, age_band: AgeBand::From80, share: 10_001 };
    let much = SamplingRule { share: 0, shares: vec![share] };
    let much = form(Terms::Sampling(much), tomorrow);
    assert_eq!(code(&propose(boss, much).await.unwrap_err()), "policy_faults");
    let same = SamplingRule { share: 0, shares: Vec::new() };
    let same = form(Terms::Sampling(same), tomorrow);
    assert_eq!(code(&propose(boss, same).await.unwrap_err()), "nothing_changed");

    let id = propose(boss, sampling(tomorrow)).await.unwrap();
    assert_eq!(code(&propose(other, sampling(tomorrow)).await.unwrap_err()), "proposal_waits");
    let decide = async |who, id, approve| stage.service.decide_policy(who, id, approve).await;
    assert_eq!(code(&decide(boss, id, true).await.unwrap_err()), "own_case");
    assert_eq!(code(&decide(li, id, true).await.unwrap_err()), "not_allowed");
    decide(other, id, true).await.unwrap();
    assert_eq!(code(&decide(other, id, false).await.unwrap_err()), "closed");

    // Not before its day.
    let guest = stage.guest().await;
    stage.called(&guest.token, Verdict::Confirmed).await;
    assert!(stage.service.queue(li, "sample").await.unwrap().cases.is_empty());
    stage.pass(24 * 3600);
    let guest = stage.guest().await;
    stage.called(&guest.token, Verdict::Confirmed).await;
    assert_eq!(stage.service.queue(li, "sample").await.unwrap().cases.len(), 1);

    let view = stage.service.policy_view(boss).await.unwrap();
    assert_eq!((view.sampling_version, view.sampling), (1, every));
    let mut policy = view.decision.clone();
    policy.probes_min += 1;
    policy.danger_automatic_without_proof = !policy.danger_automatic_without_proof;
    let next = view.today.succ_opt().unwrap();
    let id = propose(other, form(Terms::Decision(Box::new(policy.clone())), next)).await.unwrap();
    decide(boss, id, true).await.unwrap();
    stage.pass(24 * 3600);
    let guest = stage.guest().await;
    let (_, brief) = stage.call(&guest.token).await;
    assert_eq!(brief.policy.probes_min, policy.probes_min);
    assert_eq!(brief.policy.version, format!("{next}-c1"));
    let before = view.decision.danger_automatic_without_proof;
    assert_eq!(brief.policy.danger_automatic_without_proof, before, "no danger from a desk");
}

/// Somebody whose call an officer confirmed: material for a check.
async fn confirmed_by(stage: &Stage, officer: OfficerId) -> Guest {
    let guest = stage.guest().await;
    stage.called(&guest.token, flagged(&[Reason::BelowAccept])).await;
    let view = open_case(stage, officer, "to_review").await;
    let done = dispose(stage, officer, (view.row.id, view.version), D::Confirm).await.unwrap();
    assert_eq!(done.status, CaseStatus::Confirmed);
    guest
}

fn keys(value: &impl serde::Serialize) -> Vec<String> {
    fn walk(at: &str, value: &Value, keys: &mut Vec<String>) {
        if let Value::Object(fields) = value {
            for (name, value) in fields {
                keys.push(format!("{at}.{name}"));
                walk(&format!("{at}.{name}"), value, keys);
            }
        }
    }
    let mut keys = Vec::new();
    walk("", &serde_json::to_value(value).unwrap(), &mut keys);
    keys.sort();
    keys
}

pub async fn a_check_looks_like_a_case_and_touches_nobody(stage: &Stage) {
    let (boss, li) = (boss(stage, "boss").await, stage.officer("li").await);
    let seed = async |who, truth| stage.service.seed_case(who, Some(truth)).await;
    assert_eq!(code(&seed(boss, Truth::SamePerson).await.unwrap_err()), "no_material");
    let guest = confirmed_by(stage, li).await;
    let stranger = confirmed_by(stage, li).await;
    assert_eq!(code(&seed(li, Truth::SamePerson).await.unwrap_err()), "not_allowed");
    assert_eq!(code(&seed(boss, Truth::Attack).await.unwrap_err()), "no_material");
    let real = stage.guest().await;
    stage.called(&real.token, flagged(&[Reason::BelowAccept])).await;
    let real = open_case(stage, li, "to_review").await;
    dispose(stage, li, (real.row.id, real.version), D::Confirm).await.unwrap();

    let entries = stage.tx().await.ledger_entries(0, 1000).await.unwrap();
    for (truth, right) in [(Truth::SamePerson, true), (Truth::OtherPerson, false)] {
        seed(boss, truth).await.unwrap();
        assert_eq!(stage.service.quality().await.unwrap().seeds_waiting, 1);
        let claim = stage.service.next(li, None).await.unwrap().expect("it is offered as any case");
        let view = stage.service.case(li, claim.case_id).await.unwrap();
        assert_ne!(view.row.beneficiary_name, "王秀兰", "nobody's own name");
        assert_ne!(view.beneficiary.id, guest.id);
        let call = view.call.clone().unwrap();
        assert_eq!((call.stills.len(), view.references.len()), (3, 1));
        assert_eq!(view.confirmations.len(), 1);
        // Nothing in it that a real case has not, and nothing missing: but the history, which a real sample has not either.
        // The stage's own calls were never decided by the policy, so what it says of them differs.
        let shown = |view: &jianmian::service::views::CaseView| {
            let told = |key: &str| {
                ["verdict", "meaning", "attack"]
                    .iter()
                    .any(|of| key.starts_with(&format!(".call.{of}")))
            };
            keys(view).into_iter().filter(|key| !told(key)).collect::<Vec<_>>()
        };
        let (found, expected) = (shown(&view), shown(&real));
        assert_eq!(found, expected);
        stage.service.still(li, call.stills[0].id).await.unwrap();
        let reference = view.references[0].id;
        stage.service.reference_image(li, reference, Some(claim.case_id)).await.unwrap();
        assert!(stage.tx().await.face_views(claim.case_id).await.unwrap().len() == 2);
        let listed = stage.service.queue(li, "to_review").await.unwrap();
        let sampled = stage.service.queue(li, "sample").await.unwrap();
        let row = listed.cases.iter().chain(&sampled.cases).find(|row| row.id == claim.case_id);
        assert_eq!(row.unwrap().beneficiary_name, view.row.beneficiary_name);

        let done = dispose(stage, li, (claim.case_id, view.version), D::Confirm).await.unwrap();
        let check = done.check.expect("told after the decision");
        assert_eq!((check.truth, check.right), (truth, right));
        assert_eq!((done.status, done.receipt_number), (CaseStatus::Settled, None));
        let again = dispose(stage, li, (claim.case_id, view.version + 1), D::Confirm).await;
        assert_eq!(code(&again.unwrap_err()), "closed");
    }
    assert_eq!(stage.tx().await.ledger_entries(0, 1000).await.unwrap(), entries);
    for whom in [&guest, &stranger] {
        assert_eq!(stage.tx().await.confirmations(whom.id).await.unwrap().len(), 1);
    }
    let quality = stage.service.quality().await.unwrap();
    let checks = &quality.officers[0];
    assert_eq!(checks.officer, "li");
    assert_eq!((checks.confirmed_wrongly.errors, checks.confirmed_wrongly.trials), (1, 1));
    assert_eq!((checks.sent_away_wrongly.errors, checks.sent_away_wrongly.trials), (0, 1));
    assert!(checks.confirmed_wrongly.too_small);
}

pub async fn figures_hide_the_few(stage: &Stage) {
    let mut last = None;
    for n in 0..24 {
        let guest = stage.guest().await;
        let verdict = if n < 12 {
            Verdict::Confirmed
        } else {
            Verdict::Retry { advice: vec![Hint::MoreLight] }
        };
        let call = stage.called(&guest.token, verdict).await;
        let agent = if n < 3 { "Mozilla/5.0 (iPhone) MicroMessenger" } else { "Linux; Android 12" };
        stage.service.note_device(call, agent).await.unwrap();
        last = Some(guest);
    }
    let view = stage.service.statistics(None).await.unwrap();
    assert_eq!((view.quarter.as_str(), view.running), ("2026-4", true));
    let table = |dimension| view.tables.iter().find(|t| t.dimension == dimension).unwrap();
    let ages = table(Dimension::AgeBand);
    assert_eq!((ages.all.people, ages.all.first_pass), (Some(24), Some(12)));
    assert_eq!(ages.groups.len(), 1);
    let devices = table(Dimension::Device);
    let name = jianmian::domain::name::name_of(&DeviceClass::IosWechat).unwrap();
    let phones = devices.groups.iter().find(|g| g.name == name).unwrap();
    assert_eq!((phones.people, phones.first_pass), (None, None));
    assert!(devices.groups.iter().all(|g| g.people.is_none()), "the total would tell of three");
    let step = |step| view.steps.iter().find(|s| s.step == step).unwrap().people;
    assert_eq!((step(Step::Confirmed), step(Step::AfterATry)), (Some(12), Some(12)));
    assert_eq!(step(Step::NotBegun), Some(0));
    let csv =
        String::from_utf8(stage.service.statistics_csv(Some("2026-4")).await.unwrap()).unwrap();
    assert!(csv.contains("\nage_band,(all),people,24\n"), "{csv}");
    assert!(csv.contains("\ndevice,ios_wechat,people,<10\n"), "{csv}");
    assert_eq!(code(&stage.service.statistics(Some("now")).await.unwrap_err()), "unknown_quarter");
    let empty = stage.service.statistics(Some("2025-1")).await.unwrap();
    assert_eq!(empty.tables[0].all.people, None);
    assert!(last.is_some());
}

pub async fn the_audit_is_read_sealed_and_checked(stage: &Stage) {
    let (li, wei, boss) =
        (stage.officer("li").await, stage.officer("wei").await, boss(stage, "boss").await);
    let guest = stage.guest().await;
    stage.called(&guest.token, flagged(&[Reason::FlatSurface])).await;
    let view = open_case(stage, li, "to_review").await;
    let (id, number) = (view.row.id, view.row.case_number.clone());
    let text = "the edge of a screen".to_owned();
    let refuse = D::Refuse { because: RefuseBecause::Deception, text };
    dispose(stage, li, (id, view.version), refuse).await.unwrap();
    dispose(stage, wei, (id, view.version + 1), D::Approve).await.unwrap();
    let read = async |form| stage.service.audit(boss, form).await.unwrap();
    let about = AuditForm { person: number.clone(), ..AuditForm::default() };
    let page = read(about.clone()).await;
    let refused = page.rows.iter().find(|row| row.action == Action::CaseRefused).unwrap();
    assert_eq!(
        (refused.from.as_deref(), refused.to.as_deref()),
        (Some("to_approve"), Some("refused"))
    );
    assert_eq!(refused.officer.as_deref(), Some("wei"));
    assert_eq!(refused.reason.as_deref(), Some("deception"));
    assert_eq!(refused.evidence_sha256.as_ref().unwrap().len(), 64);
    assert!(refused.policy_version.is_some());
    assert_eq!(refused.case_number.as_deref(), Some(number.as_str()));
    assert!(page.rows.iter().any(|row| row.action == Action::CallOpened), "the call too");
    let only = AuditForm { officer: Some(li), action: Some(Action::CaseViewed), ..about.clone() };
    let only = read(only).await.rows;
    assert!(!only.is_empty() && only.iter().all(|row| row.action == Action::CaseViewed));
    let marked = |mark: &str| AuditForm { mark: mark.into(), ..AuditForm::default() };
    let digest = refused.evidence_sha256.clone().unwrap();
    for mark in [&digest, &digest[..12], refused.policy_version.as_ref().unwrap()] {
        let rows = read(marked(mark)).await.rows;
        assert!(rows.iter().any(|row| row.id == refused.id), "{mark}");
        assert!(rows.iter().all(|row| row.detail.to_string().contains(mark)), "{mark}");
    }
    let bad = stage.service.audit(boss, marked("%")).await.unwrap_err();
    assert_eq!(code(&bad), "bad_mark");
    let nobody = AuditForm { person: "nobody".into(), ..AuditForm::default() };
    assert!(read(nobody).await.rows.is_empty());
    assert!(
        read(AuditForm::default()).await.rows.iter().any(|row| row.action == Action::AuditRead)
    );

    stage.pass(600);
    let chain = stage.service.audit_chain().await.unwrap();
    assert_eq!((chain.first_broken_entry, chain.first_broken_seal), (None, None));
    assert!(chain.seals == 1 && chain.sealed_events > 10, "{chain:?}");
    let entries = chain.entries;
    stage.pass(600);
    let again = stage.service.audit_chain().await.unwrap();
    assert_eq!((again.entries, again.seals), (entries, 1), "nothing happened, nothing is sealed");

    let files = exported(stage, boss, id).await;
    assert!(files.contains("case_exported"));
    meddled(stage, "UPDATE audit SET detail = '{}' WHERE action = 'case_refused'").await;
    let broken = stage.service.audit_chain().await.unwrap();
    assert!(broken.first_broken_seal.is_some() && broken.first_broken_entry.is_none());
    meddled(
        stage,
        "UPDATE ledger SET entry = REPLACE(entry, 'refuse', 'confirm') WHERE sequence = 0",
    )
    .await;
    assert_eq!(stage.service.audit_chain().await.unwrap().first_broken_entry, Some(0));
}

/// Takes the case out as JSON and PDF; the JSON's text.
async fn exported(stage: &Stage, boss: OfficerId, case: jianmian::domain::ids::CaseId) -> String {
    let file = stage.service.export_json(boss, case).await.unwrap();
    let text = String::from_utf8(file.bytes).unwrap();
    let envelope: Value = serde_json::from_str(&text).unwrap();
    let key = verifying_key(&stage.service.certificate_key().public_key).unwrap();
    let plain = serde_json::to_vec(&envelope["export"]).unwrap();
    verify_for(EXPORT_PURPOSE, &plain, envelope["signature"].as_str().unwrap(), &key).unwrap();
    let export = &envelope["export"];
    assert_eq!(export["case"]["status"], "refused");
    assert_eq!(export["ledger"]["entries"].as_array().unwrap().len(), 1);
    assert_eq!(export["evidence"]["stills"].as_array().unwrap().len(), 3);
    let actions: Vec<&str> =
        export["events"].as_array().unwrap().iter().filter_map(|e| e["action"].as_str()).collect();
    for action in
        ["call_opened", "call_flagged", "case_viewed", "case_refusal_asked", "case_refused"]
    {
        assert!(actions.contains(&action), "{actions:?}");
    }
    match stage.service.export_pdf(boss, case).await {
        Ok(pdf) => {
            assert!(pdf.bytes.starts_with(b"%PDF-") && pdf.bytes.len() > 10_000);
            if let Some(to) = std::env::var_os("EXPORT_TO") {
                std::fs::write(std::path::Path::new(&to).join("case.pdf"), &pdf.bytes).unwrap();
            }
        }
        Err(error) => assert_eq!(code(&error), "no_font"),
    }
    let ask = D::AskAgain { because: AskAgainBecause::NotSure };
    assert_eq!(code(&dispose(stage, boss, (case, 99), ask).await.unwrap_err()), "closed");
    text
}
