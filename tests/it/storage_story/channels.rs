//! Every channel ends in the same confirmation, by two people, once.

use super::stage::{Guest, Stage, painted};
use chrono::NaiveDate;
use jianmian::{
    domain::{
        assistance::{AskedBy, Assistance, CareFlag},
        confirmation::{Channel, Confirmation},
        data_match::MatchFound,
        ids::{OfficerId, PaperFormId},
        paper_form::{FormField, FormReading, FormRefusal, FormSignature, FormState, NextWay},
        signal::{SignalKind, SignalState},
        verdict::Verdict,
        visit::{VisitCheck, VisitOutcome, VisitState},
    },
    service::{
        ServiceError, SignalForm,
        views::{
            AssignForm, CareForm, FormView, KeyingForm, VisitCheckForm, VisitForm, VisitRecordForm,
        },
    },
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn code(error: &ServiceError) -> &'static str {
    match error {
        ServiceError::Conflict { code, .. } | ServiceError::Unacceptable { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn confirmations(stage: &Stage, of: &Guest) -> Vec<Confirmation> {
    stage.tx().await.confirmations(of.id).await.unwrap()
}

pub(super) async fn reading(stage: &Stage, of: &Guest) -> FormReading {
    let whom = stage.tx().await.beneficiary(of.id).await.unwrap().unwrap();
    FormReading {
        name: whom.name,
        id_number: whom.id_number.expose().to_lowercase(),
        signed_on: day("2026-11-10"),
        signature: FormSignature::Own,
        stamp: false,
        assistance: Some(Assistance::Proxy),
    }
}

async fn version(stage: &Stage, id: PaperFormId) -> i64 {
    stage.tx().await.paper_form(id).await.unwrap().unwrap().version
}

pub(super) async fn key(
    stage: &Stage,
    by: OfficerId,
    form: &FormView,
    reading: &FormReading,
) -> Result<jianmian::service::views::KeyingView, ServiceError> {
    let version = version(stage, form.form_id).await;
    let keying = KeyingForm { version, reading: reading.clone() };
    stage.service.key_form(by, form.form_id, keying).await
}

/// A posted form: one keys, another keys without seeing it, what differs is named, and both must agree.
pub async fn a_form_is_keyed_by_two(stage: &Stage) {
    let (service, guest) = (&stage.service, stage.guest().await);
    let (first, second, third) =
        (stage.officer("a").await, stage.officer("b").await, stage.officer("c").await);
    let scan = painted(200, 200, 180);
    let form = service.receive_form(first, guest.id, Channel::Mail, scan.clone()).await.unwrap();
    let again = service.receive_form(second, guest.id, Channel::Mail, scan).await;
    assert_eq!(code(&again.unwrap_err()), "known_already");
    let by_call = service.receive_form(first, guest.id, Channel::VideoAuto, painted(1, 2, 3)).await;
    assert_eq!(code(&by_call.unwrap_err()), "channel");
    assert!(service.form_scan(second, form.form_id).await.unwrap().len() > 100);

    let right = reading(stage, &guest).await;
    let wrong = FormReading { signed_on: day("2026-11-01"), stamp: true, ..right.clone() };
    assert_eq!(key(stage, first, &form, &wrong).await.unwrap().state, FormState::Keyed);
    // The same person a second time is still one person.
    assert_eq!(key(stage, first, &form, &wrong).await.unwrap().state, FormState::Keyed);
    assert!(confirmations(stage, &guest).await.is_empty());
    let seen = key(stage, second, &form, &right).await.unwrap();
    assert_eq!(seen.state, FormState::Differs);
    assert_eq!(seen.differences, [FormField::SignedOn, FormField::Stamp]);
    assert_eq!(code(&key(stage, third, &form, &right).await.unwrap_err()), "same_person");
    let done = key(stage, first, &form, &right).await.unwrap();
    assert_eq!(done.state, FormState::Confirmed, "{done:?}");
    let made = confirmations(stage, &guest).await;
    assert_eq!(made.len(), 1);
    assert_eq!((made[0].channel, made[0].period_from), (Channel::Mail, day("2026-11-10")));
    assert_eq!(made[0].due_on, day("2027-11-30"));
    assert_eq!(Some(made[0].receipt_number.clone()), done.receipt_number);
    assert_eq!(made[0].evidence_sha256.as_ref().unwrap().len(), 64);
    assert_eq!(code(&key(stage, second, &form, &right).await.unwrap_err()), "closed");

    // Two key at the same moment: one of them is told to look again, and nothing is lost.
    let other = stage.guest().await;
    let form = service.receive_form(first, other.id, Channel::Consulate, painted(9, 99, 99)).await;
    let form = form.unwrap();
    let text = reading(stage, &other).await;
    let at = |by| {
        let (service, text) = (service.clone(), text.clone());
        let keying = KeyingForm { version: 1, reading: text };
        tokio::spawn(async move { service.key_form(by, form.form_id, keying).await })
    };
    let both = [at(first), at(second)];
    let mut codes = Vec::new();
    for one in both {
        codes.push(one.await.unwrap().map_or_else(|e| code(&e), |_| "keyed"));
    }
    codes.sort_unstable();
    assert_eq!(codes, ["keyed", "stale_version"]);
    let keyed_by = stage.tx().await.paper_form(form.form_id).await.unwrap().unwrap().first_by;
    let rest = if keyed_by == Some(first) { second } else { first };
    let refused = key(stage, rest, &form, &text).await.unwrap();
    assert_eq!(
        refused.refusal,
        Some(FormRefusal::StampMissing),
        "a consulate's form needs its stamp"
    );
    assert_eq!(refused.next_way, Some(NextWay::NewForm));
    assert!(confirmations(stage, &other).await.is_empty());
}

pub(super) fn visit_to(guest: &Guest, channel: Channel) -> VisitForm {
    VisitForm {
        beneficiary_id: guest.id,
        channel,
        asked_by: AskedBy::Family,
        address: Some("湖南省示范县石桥镇白果村7号".into()),
        township: None,
        planned_on: None,
    }
}

fn found(version: i64, outcome: VisitOutcome) -> VisitRecordForm {
    VisitRecordForm {
        version,
        outcome,
        assistance: Some(Assistance::Assisted),
        statement: "在家，认得出，身份证一致".into(),
        card_seen: true,
    }
}

/// A home visit: assigned, nobody at home, met with a picture, checked by another person.
pub async fn a_visit_is_checked_by_a_second_person(stage: &Stage) {
    let (service, guest) = (&stage.service, stage.guest().await);
    let (clerk, other) = (stage.officer("clerk").await, stage.officer("other").await);
    let id = service.ask_visit(other, visit_to(&guest, Channel::HomeVisit)).await.unwrap();
    let twice = service.ask_visit(other, visit_to(&guest, Channel::HomeVisit)).await;
    assert_eq!(code(&twice.unwrap_err()), "visit_waits");
    let list = service.visits(Some("石桥镇"), None).await.unwrap();
    assert_eq!((list.len(), list[0].version), (1, 1));
    let assign = AssignForm { version: 1, clerk_id: clerk, planned_on: day("2026-11-24") };
    service.assign_visit(other, id, assign).await.unwrap();
    assert_eq!(service.visits(None, Some(clerk)).await.unwrap().len(), 1);
    assert!(service.visits(None, Some(other)).await.unwrap().is_empty());

    let photo = painted(50, 180, 40);
    let not_yours =
        service.record_visit(other, id, found(2, VisitOutcome::Met), Some(photo.clone())).await;
    assert_eq!(code(&not_yours.unwrap_err()), "not_yours");
    let blind = service.record_visit(clerk, id, found(2, VisitOutcome::Met), None).await;
    assert_eq!(code(&blind.unwrap_err()), "photo_missing");
    let empty =
        service.record_visit(clerk, id, found(2, VisitOutcome::NotHome), None).await.unwrap();
    assert_eq!(empty.state, VisitState::Assigned, "it is tried again");
    let tried = stage.tx().await.contact_attempts(guest.id, day("2026-11-01")).await.unwrap();
    assert_eq!(tried.len(), 1, "and it was a contact attempt");
    let met =
        service.record_visit(clerk, id, found(3, VisitOutcome::Met), Some(photo)).await.unwrap();
    assert_eq!(met.state, VisitState::Recorded);
    assert!(confirmations(stage, &guest).await.is_empty(), "one person confirms nobody");

    let agree = VisitCheckForm { version: 4, check: VisitCheck::Agree };
    assert_eq!(code(&service.check_visit(clerk, id, agree).await.unwrap_err()), "own_case");
    let evidence = service.visit_evidence(other, id).await.unwrap();
    assert!(evidence.has_photo && evidence.card_seen && evidence.statement.contains("身份证"));
    assert!(service.visit_photo(other, id).await.unwrap().len() > 100);
    let again = VisitCheckForm { version: 4, check: VisitCheck::GoAgain };
    assert_eq!(service.check_visit(other, id, again).await.unwrap().state, VisitState::Asked);
    let met = service
        .record_visit(clerk, id, found(5, VisitOutcome::Met), Some(painted(50, 180, 41)))
        .await;
    assert_eq!(met.unwrap().state, VisitState::Recorded);
    let agree = VisitCheckForm { version: 6, check: VisitCheck::Agree };
    let done = service.check_visit(other, id, agree).await.unwrap();
    assert_eq!(done.due_on, Some(day("2027-11-30")));
    let made = confirmations(stage, &guest).await;
    assert_eq!((made.len(), made[0].channel), (1, Channel::HomeVisit));
    assert!(service.visits(None, None).await.unwrap().is_empty());

    // What is said about a death opens a case and stops nothing.
    let neighbour = stage.guest().await;
    let id = service.ask_visit(other, visit_to(&neighbour, Channel::HomeVisit)).await.unwrap();
    service.record_visit(clerk, id, found(1, VisitOutcome::SaidToHaveDied), None).await.unwrap();
    let signals = stage.tx().await.signals(neighbour.id).await.unwrap();
    assert_eq!((signals.len(), signals[0].kind), (1, SignalKind::DeathSignal));
    assert!(signals[0].case_id.is_some());
}

/// A station: one clerk, one device, two people; the link of the former one is dead before the next one's begins.
pub async fn nothing_of_the_former_person_stays(stage: &Stage) {
    let service = &stage.service;
    let clerk = stage.officer("clerk").await;
    let (one, two) = (stage.guest().await, stage.guest().await);
    let first = service.ask_visit(clerk, visit_to(&one, Channel::Station)).await.unwrap();
    let second = service.ask_visit(clerk, visit_to(&two, Channel::Station)).await.unwrap();
    assert_eq!(service.station_list("石桥镇").await.unwrap().len(), 2);
    let alone = service.start_clerk_call(clerk, first, ("zh", false)).await;
    assert_eq!(code(&alone.unwrap_err()), "own_consent_missing");
    let link = service.start_clerk_call(clerk, first, ("zh", true)).await.unwrap();
    let token = super::stage::token_of(&link.url);
    let view = service.link_view(&token).await.unwrap();
    assert!(view.consented && view.assisted);
    // A second start replaces the first link.
    let again = service.start_clerk_call(clerk, first, ("zh", true)).await.unwrap();
    assert!(matches!(service.link_view(&token).await, Err(ServiceError::LinkExpired)));
    let token = super::stage::token_of(&again.url);
    stage.called(&token, Verdict::Confirmed).await;
    let done = service.end_clerk_call(clerk, first).await.unwrap();
    assert_eq!(done.state, VisitState::Closed);
    assert!(done.receipt_number.is_some());
    assert!(matches!(service.link_view(&token).await, Err(ServiceError::LinkExpired)));
    let made = confirmations(stage, &one).await;
    assert_eq!((made.len(), made[0].channel), (1, Channel::Station), "it was made at the station");

    let link = service.start_clerk_call(clerk, second, ("en", true)).await.unwrap();
    let waits = service.end_clerk_call(clerk, second).await.unwrap();
    assert_eq!(
        waits.state,
        VisitState::Assigned,
        "nothing came of it: the person stays on the list"
    );
    assert!(matches!(
        service.link_view(&super::stage::token_of(&link.url)).await,
        Err(ServiceError::LinkExpired)
    ));
    assert_eq!(service.station_list("石桥镇").await.unwrap().len(), 1);
}

/// The special-care register, and the visits that follow from it.
pub async fn the_register_leads_to_visits(stage: &Stage) {
    let service = &stage.service;
    let officer = stage.officer("a").await;
    let guest = stage.guest().await;
    let entry = |flag, review_on| CareForm {
        beneficiary_id: guest.id,
        flag,
        reason: "=行动不便".into(),
        since_on: day("2026-01-01"),
        review_on: day(review_on),
        asked_by: AskedBy::Community,
    };
    let early = service.enter_special_care(officer, entry(CareFlag::Sick, "2026-11-23")).await;
    assert_eq!(code(&early.unwrap_err()), "bad_days");
    let id =
        service.enter_special_care(officer, entry(CareFlag::Sick, "2026-12-01")).await.unwrap();
    let twice = service.enter_special_care(officer, entry(CareFlag::Sick, "2026-12-05")).await;
    assert_eq!(code(&twice.unwrap_err()), "known_already");
    service.enter_special_care(officer, entry(CareFlag::Alone, "2026-12-05")).await.unwrap();
    let csv = service.special_care_csv().await.unwrap();
    assert_eq!(csv.lines().count(), 3);
    assert!(csv.contains(",'=行动不便,"), "{csv}");
    // No address is known: nobody can be sent, and nobody is forgotten either.
    assert!(service.visits_from_register(officer, 90).await.unwrap().is_empty());
    assert!(service.ask_visit(officer, visit_to(&guest, Channel::HomeVisit)).await.is_ok());
    assert!(
        service.visits_from_register(officer, 90).await.unwrap().is_empty(),
        "one is asked for"
    );
    service.review_special_care(officer, (id, 1), Some(day("2027-11-01"))).await.unwrap();
    let stale = service.review_special_care(officer, (id, 1), None).await;
    assert_eq!(code(&stale.unwrap_err()), "stale_version");
    service.review_special_care(officer, (id, 2), None).await.unwrap();
    assert_eq!(service.special_care().await.unwrap().len(), 1);
}

/// An evidence file: matched, explained, dry, repeatable, all or nothing; a contradiction opens a case.
pub async fn evidence_is_matched_and_explained(stage: &Stage) {
    use MatchFound as F;
    let service = &stage.service;
    let (one, two, dead) = (stage.guest().await, stage.guest().await, stage.guest().await);
    let mut numbers = Vec::new();
    for guest in [&one, &two, &dead] {
        let whom = stage.tx().await.beneficiary(guest.id).await.unwrap().unwrap();
        numbers.push(whom.id_number.expose().to_owned());
    }
    let stranger = stage.number();
    let signal = SignalForm {
        beneficiary_id: dead.id,
        kind: SignalKind::DeathSignal,
        source: "civil_affairs".into(),
        event_on: Some(day("2026-10-01")),
    };
    service.take_signal(signal).await.unwrap();
    let rows = [
        format!("clinic,{},王秀兰,clinic_visit,2026-11-01,石桥镇", numbers[0]),
        format!("clinic,{},王秀兰,clinic_visit,2026-11-05,石桥镇", numbers[0]),
        format!("clinic,{},王秀兰,clinic_visit,2026-11-05,石桥镇", numbers[0]),
        format!("clinic,{},王秀,clinic_visit,2026-11-05,石桥镇", numbers[1]),
        format!("bank,{},王秀兰,card_payment,2026-11-05,", numbers[1]),
        format!("clinic,{},王秀兰,clinic_visit,2026-11-05,石桥镇", numbers[2]),
        format!("clinic,{},王秀兰,clinic_visit,2026-09-30,石桥镇", numbers[2]),
        format!("clinic,{},某人,clinic_visit,2026-11-05,石桥镇", stranger.expose()),
    ];
    let file = format!("source,id_number,name,event,event_on,place\n{}\n", rows.join("\n"));
    let dry = service.evidence_import(file.as_bytes(), true).await.unwrap();
    let expected = [
        (2, F::NotNewer),
        (3, F::Confirms),
        (4, F::KnownAlready),
        (5, F::NameDiffers),
        (6, F::NotInPerson),
        (7, F::Conflict),
        (8, F::BeforeDeath),
        (9, F::NotInRoster),
    ];
    assert_eq!(dry.lines, expected, "{:?}", dry.faults);
    assert!(!dry.imported && confirmations(stage, &one).await.is_empty());
    let done = service.evidence_import(file.as_bytes(), false).await.unwrap();
    assert_eq!((done.imported, &done.lines, done.cases), (true, &dry.lines, 1));
    let made = confirmations(stage, &one).await;
    assert_eq!((made.len(), made[0].channel), (1, Channel::DataMatch));
    assert_eq!(made[0].period_from, day("2026-11-05"));
    assert!(confirmations(stage, &dead).await.is_empty());
    let signals = stage.tx().await.signals(dead.id).await.unwrap();
    let conflict = signals.iter().find(|s| s.kind == SignalKind::DataConflict).unwrap();
    assert_eq!(conflict.state, SignalState::Open);
    assert!(conflict.case_id.is_some());
    let again = service.evidence_import(file.as_bytes(), false).await.unwrap();
    assert!(!again.found.contains_key(&F::Confirms), "{:?}", again.found);
    assert_eq!(confirmations(stage, &one).await.len(), 1);
    let half = file + "clinic,123,x,clinic_visit,2026-11-06,y\n";
    let refused = service.evidence_import(half.as_bytes(), false).await.unwrap();
    assert_eq!((refused.imported, refused.faults.len()), (false, 1));
}
