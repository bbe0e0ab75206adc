//! What officers see and do.

use super::{
    calls::code,
    stage::{Stage, flagged, painted, token_of},
};
use jianmian::{
    domain::{
        audit::Action,
        case::{AskAgainBecause, CaseKind, CaseStatus, Disposition, OtherWay},
        confirmation::Channel,
        ids::{CaseId, OfficerId, StillId},
        verdict::{Reason, Verdict},
    },
    service::{
        ServiceError,
        views::{CaseView, DispositionForm, DispositionView, LinkState, OtherWayForm},
    },
};
use std::sync::Arc;

pub async fn open_case(stage: &Stage, officer: OfficerId, lane: &str) -> CaseView {
    let queue = stage.service.queue(officer, lane).await.unwrap();
    assert_eq!(queue.cases.len(), 1, "lane {lane}: {:?}", queue.counts);
    assert_eq!(queue.counts[lane], 1);
    stage.service.case(officer, queue.cases[0].id).await.unwrap()
}

pub async fn dispose(
    stage: &Stage,
    officer: OfficerId,
    (case, version): (CaseId, i64),
    disposition: Disposition,
) -> Result<DispositionView, ServiceError> {
    let form = DispositionForm { version, disposition };
    stage.service.dispose(officer, stage.now(), case, form).await
}

pub async fn four_eyes(stage: &Stage) {
    let guest = stage.guest().await;
    let (li, wei) = (stage.officer("li").await, stage.officer("wei").await);
    stage.called(&guest.token, flagged(&[Reason::FlatSurface, Reason::BelowAccept])).await;
    let view = open_case(stage, li, "to_review").await;
    let all = [
        "confirm",
        "ask_again",
        "pass_on",
        "call_back",
        "visit",
        "mail",
        "escalate",
        "refuse",
        "live_call",
    ];
    assert_eq!(view.may, all);
    let call = view.call.unwrap();
    assert_eq!((call.stills.len(), call.attempt, call.assisted), (3, 1, true));
    assert_eq!(call.comparison, "not_compared", "no pack took part");
    assert_eq!(view.beneficiary.id_number_tail.len(), 4);

    let case = (view.row.id, view.version);
    let asked = dispose(stage, li, case, Disposition::Confirm).await.unwrap();
    assert_eq!((asked.status, asked.receipt_number), (CaseStatus::ToApprove, None));
    assert_eq!(stage.tx().await.confirmations(guest.id).await.unwrap(), vec![]);
    let own = open_case(stage, li, "to_approve").await;
    assert_eq!(own.may, ["ask_again", "pass_on"]);
    let case = (view.row.id, own.version);
    let error = dispose(stage, li, case, Disposition::Confirm).await.unwrap_err();
    assert_eq!(code(&error), "own_case");
    let other = open_case(stage, wei, "to_approve").await;
    assert_eq!(other.may, ["approve", "ask_again", "pass_on"]);
    let done = dispose(stage, wei, case, Disposition::Confirm).await.unwrap();
    assert_eq!(done.status, CaseStatus::Confirmed);

    let confirmations = stage.tx().await.confirmations(guest.id).await.unwrap();
    assert_eq!(confirmations.len(), 1);
    let confirmation = &confirmations[0];
    assert_eq!((confirmation.channel, confirmation.officer_id), (Channel::Review, Some(wei)));
    assert!(confirmation.evidence_sha256.is_some());
    assert_eq!(Some(confirmation.receipt_number.clone()), done.receipt_number);
    let closed = open_case(stage, li, "closed").await;
    assert!(closed.may.is_empty());
    let history: Vec<(Action, Option<&str>)> =
        closed.history.iter().map(|h| (h.action, h.officer.as_deref())).collect();
    let expected = [
        (Action::CallFlagged, None),
        (Action::CaseApprovalAsked, Some("li")),
        (Action::CaseConfirmed, Some("wei")),
    ];
    assert_eq!(history, expected);
    let link = stage.service.link_view(&guest.token).await.unwrap();
    assert_eq!(link.state, LinkState::Confirmed);
}

pub async fn of_two_officers_one_decides(stage: &Stage) {
    let guest = stage.guest().await;
    let officer = stage.officer("li").await;
    stage.called(&guest.token, flagged(&[Reason::BelowAccept])).await;
    let view = open_case(stage, officer, "to_review").await;
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let (service, id, version) = (Arc::clone(&stage.service), view.row.id, view.version);
            let form = DispositionForm { version, disposition: Disposition::Confirm };
            let now = stage.now();
            tokio::spawn(async move { service.dispose(officer, now, id, form).await })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(view) => {
                assert_eq!(view.status, CaseStatus::Confirmed);
                done += 1;
            }
            Err(error) => assert_eq!(code(&error), "closed"),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(stage.tx().await.confirmations(guest.id).await.unwrap().len(), 1);
}

pub async fn asked_again_with_a_new_link(stage: &Stage) {
    let guest = stage.guest().await;
    let officer = stage.officer("li").await;
    stage.called(&guest.token, flagged(&[Reason::TooDark])).await;
    let view = open_case(stage, officer, "to_review").await;
    let case = (view.row.id, view.version);
    let pass_on = |note: &str| Disposition::PassOn { note: note.into() };
    assert_eq!(
        code(&dispose(stage, officer, case, pass_on(" ")).await.unwrap_err()),
        "note_missing"
    );
    let long = dispose(stage, officer, case, pass_on(&"长".repeat(501))).await.unwrap_err();
    assert_eq!(code(&long), "too_long");
    let passed = dispose(stage, officer, case, pass_on("请老李看")).await.unwrap();
    assert_eq!(passed.status, CaseStatus::PassedOn);
    let ask = || Disposition::AskAgain { because: AskAgainBecause::TooDark };
    let error = dispose(stage, officer, case, ask()).await.unwrap_err();
    assert_eq!(code(&error), "stale_version");
    let view = open_case(stage, officer, "to_review").await;
    assert_eq!(view.history.last().unwrap().note.as_deref(), Some("请老李看"));
    let asked = dispose(stage, officer, (view.row.id, view.version), ask()).await.unwrap();
    let (link, notice) = (asked.link.unwrap(), asked.notice.unwrap());
    assert!(notice.zh.contains(&link.url) && notice.en.contains(&link.url));
    assert!(!notice.zh.contains("王秀兰"));
    // Old and new link both lead on.
    for token in [&guest.token, &token_of(&link.url)] {
        assert_eq!(stage.service.link_view(token).await.unwrap().state, LinkState::Ready);
    }
    let error = dispose(stage, officer, (view.row.id, view.version), ask()).await.unwrap_err();
    assert_eq!(code(&error), "closed");
}

pub async fn faces_are_looked_at_for_their_case_only(stage: &Stage) {
    let (guest, stranger) = (stage.guest().await, stage.guest().await);
    let officer = stage.officer("li").await;
    stage.called(&guest.token, flagged(&[Reason::BelowAccept])).await;
    let view = open_case(stage, officer, "to_review").await;
    let case = view.row.id;
    let still = view.call.unwrap().stills[0].id;
    let jpeg = stage.service.still(officer, still).await.unwrap();
    assert_eq!(jpeg, painted(50, 180, 41), "the still came back changed");
    let reference = view.references[0].id;
    let image = stage.service.reference_image(officer, reference, Some(case)).await.unwrap();
    assert!(image.starts_with(&[0xff, 0xd8, 0xff]));
    let mut tx = stage.tx().await;
    for (kind, id) in [("still", still.to_string()), ("reference", reference.to_string())] {
        let looks = tx.audit_of(kind, &id).await.unwrap();
        let looks = looks.iter().filter(|e| e.action == Action::FaceViewed).count();
        assert_eq!(looks, 1, "{kind}");
    }
    let theirs = tx.references(stranger.id).await.unwrap()[0].id;
    drop(tx);
    let unnamed = stage.service.reference_image(officer, reference, None).await.unwrap_err();
    assert_eq!(code(&unnamed), "case_missing");
    let other = stage.service.reference_image(officer, theirs, Some(case)).await.unwrap_err();
    assert_eq!(code(&other), "not_found");
    let unknown = stage.service.still(officer, StillId::new()).await.unwrap_err();
    assert_eq!(code(&unknown), "not_found");
    // The still of an automatic pass has no case: nobody looks at it.
    let passed = stage.called(&stranger.token, Verdict::Confirmed).await;
    let kept = stage.tx().await.stills(passed).await.unwrap()[0].id;
    assert_eq!(code(&stage.service.still(officer, kept).await.unwrap_err()), "not_found");
}

pub async fn a_sample_does_not_touch_the_confirmation(stage: &Stage) {
    let guest = stage.guest().await;
    let officer = stage.officer("li").await;
    stage.called(&guest.token, Verdict::Confirmed).await;
    let link = stage.service.link_view(&guest.token).await.unwrap();
    assert_eq!(link.state, LinkState::Confirmed);
    assert!(link.case.is_none(), "the citizen is not told of a sample");
    let before = stage.tx().await.confirmations(guest.id).await.unwrap();
    let view = open_case(stage, officer, "sample").await;
    assert_eq!(view.row.reasons[0].code, Reason::RandomSample);
    let case = (view.row.id, view.version);
    let done = dispose(stage, officer, case, Disposition::Confirm).await.unwrap();
    assert_eq!(done.receipt_number.as_ref(), Some(&before[0].receipt_number));
    assert_eq!(stage.tx().await.confirmations(guest.id).await.unwrap(), before);
}

fn way(way: OtherWay) -> OtherWayForm {
    OtherWayForm { way, phone: None, wish: Some("上午，衡阳话".into()), because: None }
}

pub async fn other_ways_and_photographs(stage: &Stage) {
    let guest = stage.guest().await;
    let officer = stage.officer("li").await;
    let asked = stage.service.other_way(&guest.token, way(OtherWay::Person)).await.unwrap();
    let again = stage.service.other_way(&guest.token, way(OtherWay::Person)).await.unwrap();
    assert_eq!(asked.case_number, again.case_number);
    let view = open_case(stage, officer, "call_back").await;
    assert_eq!((view.wish.as_deref(), view.may.len()), (Some("上午，衡阳话"), 7));
    let case = (view.row.id, view.version);
    let error = dispose(stage, officer, case, Disposition::Confirm).await.unwrap_err();
    assert_eq!(code(&error), "cannot_confirm");
    for (form, expected) in [
        (OtherWayForm { phone: Some("call me".into()), ..way(OtherWay::Person) }, "bad_phone"),
        (OtherWayForm { wish: Some("长".repeat(501)), ..way(OtherWay::Person) }, "too_long"),
        (
            OtherWayForm { because: Some(Reason::FlatSurface), ..way(OtherWay::Person) },
            "bad_reason",
        ),
    ] {
        let error = stage.service.other_way(&guest.token, form).await.unwrap_err();
        assert_eq!(code(&error), expected);
    }

    // Asking for a person does not close the way of the call; a photograph ends a call that is open.
    let (open, _) = stage.call(&guest.token).await;
    let garbage = stage.service.photo(&guest.token, b"\xff\xd8\xff garbage".to_vec()).await;
    assert_eq!(code(&garbage.unwrap_err()), "unreadable_picture");
    let large = stage.service.photo(&guest.token, vec![0; (8 << 20) + 1]).await;
    assert_eq!(code(&large.unwrap_err()), "too_large");
    let sent = stage.service.photo(&guest.token, painted(200, 60, 60)).await.unwrap();
    assert_eq!(sent.kind, CaseKind::Photo);
    assert_eq!(*stage.desk.stopped.lock().unwrap(), [open.call_id]);
    let view = open_case(stage, officer, "to_review").await;
    let codes: Vec<Reason> = view.row.reasons.iter().map(|r| r.code).collect();
    assert_eq!(codes, [Reason::LivenessInconclusive, Reason::BelowAccept]);
    let call = view.call.unwrap();
    assert_eq!((call.comparison.as_str(), call.stills.len()), ("unsure", 1));
    let record = stage.service.call_record(call.id).await.unwrap_err();
    assert_eq!(code(&record), "not_found", "a photograph has no verdict to recompute");
    let case = (view.row.id, view.version);
    let asked = dispose(stage, officer, case, Disposition::Confirm).await.unwrap();
    assert_eq!(asked.status, CaseStatus::ToApprove, "a photograph needs four eyes");
}
