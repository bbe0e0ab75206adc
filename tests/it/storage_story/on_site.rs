//! What is proved on paper or in person is proved there, and not by a click at the desk.

use super::{
    channels::{code, confirmations, key, reading, visit_to},
    console::{dispose, open_case},
    stage::{Stage, flagged, painted},
};
use jianmian::{
    domain::{
        case::{Disposition, OtherWay},
        confirmation::Channel,
        ids::OfficerId,
        paper_form::FormState,
        verdict::Reason,
    },
    service::{ServiceError, views::OtherWayForm},
};

/// A wish for paper or a visit is not confirmed at the desk by a click, however many agree: the form is keyed, the visit recorded and checked.
pub async fn a_desk_confirms_no_paper_and_no_visit(stage: &Stage) {
    let service = &stage.service;
    let (li, wei) = (stage.officer("li").await, stage.officer("wei").await);
    let guest = stage.guest().await;
    for way in [OtherWay::PaperForm, OtherWay::HomeVisit, OtherWay::Appointment] {
        let wish = OtherWayForm { way, phone: None, wish: None, because: None };
        service.other_way(&guest.token, wish).await.unwrap();
    }
    let passed = stage.guest().await;
    stage.called(&passed.token, flagged(&[Reason::BelowAccept])).await;
    let call = open_case(stage, li, "to_review").await;
    let mail = Disposition::Mail { note: String::new() };
    dispose(stage, li, (call.row.id, call.version), mail).await.unwrap();
    for lane in ["mail", "visit"] {
        for row in service.queue(li, lane).await.unwrap().cases {
            let view = service.case(li, row.id).await.unwrap();
            assert!(!view.may.iter().any(|word| word == "confirm"), "{:?}", view.row.kind);
            let click = dispose(stage, wei, (row.id, view.version), Disposition::Confirm).await;
            assert_eq!(code(&click.unwrap_err()), "cannot_confirm", "{:?}", view.row.kind);
        }
    }
    assert!(confirmations(stage, &guest).await.is_empty());
    // The form that came back, found by what its QR code says, also after the link's time; two people key it, and everything waits no more.
    let qr = format!("https://county.example/p/{}", guest.token);
    let owner = service.whose_form(&qr).await.unwrap();
    assert_eq!((owner.beneficiary_id, owner.name.as_str()), (guest.id, "王秀兰"));
    let stray = service.whose_form("https://county.example/p/nobody").await;
    assert!(matches!(stray, Err(ServiceError::LinkUnknown)));
    assert_eq!(code(&service.whose_form("1234").await.unwrap_err()), "bad_code");
    for whose in [&guest, &passed] {
        let scan = painted(180, 200, if whose.id == guest.id { 1 } else { 9 });
        let form = service.receive_form(li, whose.id, Channel::Mail, scan).await.unwrap();
        let text = reading(stage, whose).await;
        key(stage, li, &form, &text).await.unwrap();
        assert_eq!(key(stage, wei, &form, &text).await.unwrap().state, FormState::Confirmed);
    }
    for lane in ["mail", "visit"] {
        assert!(service.queue(li, lane).await.unwrap().cases.is_empty(), "{lane}");
    }
    a_call_at_a_visit_counts_as_the_visit(stage, (li, wei)).await;
}

/// An officer who confirms what a clerk's device showed records a visit, whenever the clerk had ended it.
async fn a_call_at_a_visit_counts_as_the_visit(
    stage: &Stage,
    (clerk, officer): (OfficerId, OfficerId),
) {
    let service = &stage.service;
    let guest = stage.guest().await;
    let id = service.ask_visit(clerk, visit_to(&guest, Channel::HomeVisit)).await.unwrap();
    let link = service.start_clerk_call(clerk, id, ("zh", true)).await.unwrap();
    stage.called(&super::stage::token_of(&link.url), flagged(&[Reason::BelowAccept])).await;
    service.end_clerk_call(clerk, id).await.unwrap();
    let case = open_case(stage, officer, "to_review").await;
    dispose(stage, officer, (case.row.id, case.version), Disposition::Confirm).await.unwrap();
    let made = confirmations(stage, &guest).await;
    assert_eq!((made.len(), made[0].channel), (1, Channel::HomeVisit));
}
