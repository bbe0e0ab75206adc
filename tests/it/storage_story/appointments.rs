//! Appointments: whoever books at the same time, a place is taken once.

use super::stage::Stage;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use jianmian::{
    domain::{
        appointment::{AppointmentState, AppointmentWay, HoursException, Span},
        audit::Actor,
        case::CaseKind,
        notice::{NoticeKind, NoticeStatus},
    },
    service::{
        RunOptions, ServiceError,
        views::{BookingForm, SlotView},
    },
};
use std::collections::BTreeSet;

fn code(error: &ServiceError) -> &'static str {
    match error {
        ServiceError::Conflict { code, .. } | ServiceError::Unacceptable { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

fn at(slot: &SlotView) -> BookingForm {
    BookingForm { starts_at: slot.starts_at, phone: None }
}

/// Fifty people at once for the two places of one slot: two get one, nobody is lost, and whoever had another keeps it.
pub async fn a_place_is_taken_once(stage: &Stage) {
    let mut tokens = Vec::new();
    for _ in 0..50 {
        tokens.push(stage.guest().await.token);
    }
    let offered = stage.service.phone_appointments(&tokens[0]).await.unwrap();
    assert_eq!(offered.slots.len(), 6, "{offered:?}");
    let (wanted, former) = (offered.slots[0].clone(), offered.slots[3].clone());
    assert_eq!(wanted.free, 2);
    let had = stage.service.phone_book(&tokens[0], at(&former)).await.unwrap();
    let tasks: Vec<_> = tokens
        .iter()
        .cloned()
        .map(|token| {
            let (service, form) = (stage.service.clone(), at(&wanted));
            tokio::spawn(async move { service.phone_book(&token, form).await })
        })
        .collect();
    let (mut won, mut lost) = (BTreeSet::new(), 0);
    for (index, task) in tasks.into_iter().enumerate() {
        match task.await.unwrap() {
            Ok(made) => {
                assert_eq!(made.starts_at, wanted.starts_at);
                won.insert(index);
            }
            Err(error) => {
                assert_eq!(code(&error), "slot_taken");
                lost += 1;
            }
        }
    }
    assert_eq!((won.len(), lost), (2, 48));
    let day = (wanted.starts_at + TimeDelta::hours(8)).date_naive();
    let list = stage.service.appointments_on(day).await.unwrap();
    let seats: Vec<u32> =
        list.iter().filter(|a| a.starts_at == wanted.starts_at).map(|a| a.seat).collect();
    assert_eq!(seats, [1, 2]);
    let first = stage.service.phone_appointments(&tokens[0]).await.unwrap().booked.unwrap();
    if won.contains(&0) {
        assert_ne!(first.appointment_id, had.appointment_id);
    } else {
        assert_eq!(first.appointment_id, had.appointment_id, "the loser keeps what they had");
    }
    let slots = stage.service.free_slots(day, day).await.unwrap();
    assert_eq!(slots.iter().find(|s| s.starts_at == wanted.starts_at).unwrap().free, 0);
}

/// One person asks ten times at once, for different slots: one appointment, and one case that waits.
pub async fn a_person_has_one(stage: &Stage) {
    let guest = stage.guest().await;
    let offered = stage.service.phone_appointments(&guest.token).await.unwrap();
    let tasks: Vec<_> = (0..10)
        .map(|n| {
            let (service, token) = (stage.service.clone(), guest.token.clone());
            let form = at(&offered.slots[n % offered.slots.len()]);
            tokio::spawn(async move { service.phone_book(&token, form).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let now = stage.service.phone_appointments(&guest.token).await.unwrap();
    let booked = now.booked.unwrap();
    let link = stage.service.link_view(&guest.token).await.unwrap();
    let case = link.case.unwrap();
    assert_eq!((case.kind, case.answer_by), (CaseKind::Appointment, booked.ends_at));
    let mut tx = stage.tx().await;
    let kept = tx
        .appointments_between(
            booked.starts_at - TimeDelta::days(40),
            booked.starts_at + TimeDelta::days(40),
        )
        .await
        .unwrap();
    assert_eq!(kept.iter().filter(|a| a.beneficiary_id == guest.id).count(), 1);
    assert!(booked.ics.contains(&format!("UID:{}@county.example", booked.appointment_id)));
    assert!(booked.ics.contains("STATUS:CONFIRMED"), "{}", booked.ics);

    let after = stage.service.phone_cancel(&guest.token).await.unwrap();
    assert!(after.booked.is_none());
    assert!(stage.service.link_view(&guest.token).await.unwrap().case.is_none());
    stage.service.phone_cancel(&guest.token).await.unwrap();
    let again = stage.service.phone_book(&guest.token, at(&offered.slots[0])).await.unwrap();
    assert_eq!(again.way, AppointmentWay::Call);
}

/// What is offered follows pattern, calendar and exceptions; what is not offered is not booked.
pub async fn hours_are_data(stage: &Stage) {
    let guest = stage.guest().await;
    let (service, officer) = (&stage.service, stage.officer("chen").await);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    // The stage's Monday is 2026-11-23. A holiday on Tuesday, and the Saturday after it is worked.
    let calendar = "day,kind,name\n2026-11-24,holiday,节\n2026-11-28,make_up,班\n";
    assert!(service.calendar_import(calendar.as_bytes(), false).await.unwrap().imported);
    let slots = service.free_slots(day("2026-11-24"), day("2026-12-06")).await.unwrap();
    let days: BTreeSet<NaiveDate> =
        slots.iter().map(|s| (s.starts_at + TimeDelta::hours(8)).date_naive()).collect();
    assert!(!days.contains(&day("2026-11-24")), "a holiday");
    assert!(days.contains(&day("2026-11-28")) && days.contains(&day("2026-12-05")));
    assert!(!days.iter().any(|d| d.weekday() == Weekday::Sun));
    let on_saturdays = |d: &str| {
        slots.iter().filter(|s| (s.starts_at + TimeDelta::hours(8)).date_naive() == day(d)).count()
    };
    assert_eq!((on_saturdays("2026-11-28"), on_saturdays("2026-12-05")), (10, 4));

    let at_nine: DateTime<Utc> = "2026-11-25T01:00:00Z".parse().unwrap();
    let booked =
        service.book_for(officer, guest.id, AppointmentWay::Counter, at_nine).await.unwrap();
    let by = Actor::Officer { id: officer };
    let closed = HoursException {
        day_on: day("2026-11-25"),
        spans: Vec::new(),
        reason: "moving house".into(),
    };
    let outside = service.set_hours(by, closed).await.unwrap();
    assert_eq!(outside.len(), 1, "who is booked on a closed day is told to the officer");
    assert_eq!(outside[0].appointment_id, booked.appointment_id);
    assert!(service.free_slots(day("2026-11-25"), day("2026-11-25")).await.unwrap().is_empty());
    let late =
        Span { from: "20:00:00".parse().unwrap(), until: "20:30:00".parse().unwrap(), officers: 1 };
    let evening =
        HoursException { spans: vec![late], day_on: day("2026-11-26"), reason: "x".into() };
    service.set_hours(by, evening).await.unwrap();
    assert_eq!(service.free_slots(day("2026-11-26"), day("2026-11-26")).await.unwrap().len(), 1);
    service.drop_hours(by, day("2026-11-26")).await.unwrap();
    assert_eq!(service.free_slots(day("2026-11-26"), day("2026-11-26")).await.unwrap().len(), 10);

    for never in [
        "2026-11-25T01:00:00Z",
        "2026-11-26T01:07:00Z",
        "2026-11-23T03:30:00Z",
        "2027-02-01T01:00:00Z",
    ] {
        let form = BookingForm { starts_at: never.parse().unwrap(), phone: None };
        let token = stage.guest().await.token;
        assert_eq!(
            code(&service.phone_book(&token, form).await.unwrap_err()),
            "no_such_slot",
            "{never}"
        );
    }
    let id = booked.appointment_id;
    let early = service.close_appointment(officer, id, AppointmentState::Kept).await;
    assert_eq!(code(&early.unwrap_err()), "not_yet");
    stage.pass(3 * 86_400);
    service.close_appointment(officer, id, AppointmentState::Missed).await.unwrap();
    let twice = service.close_appointment(officer, id, AppointmentState::Kept).await;
    assert_eq!(code(&twice.unwrap_err()), "closed");
}

/// A reminder is written down with the booking; of a time that was changed nobody is reminded.
pub async fn a_reminder_goes_out_a_day_before(stage: &Stage) {
    let (service, number) = (&stage.service, stage.number());
    let csv = format!(
        "姓名,身份证号,电话,上次认证日期\n王秀兰,{},13812345678,2026-11-20\n",
        number.expose()
    );
    stage.add_people(&csv).await;
    let id = stage.tx().await.beneficiary_of_number(&number).await.unwrap().unwrap().id;
    let token = stage.link(&id.to_string()).await;
    let offered = service.phone_appointments(&token).await.unwrap();
    service.phone_book(&token, at(&offered.slots[4])).await.unwrap();
    let made = service.phone_book(&token, at(&offered.slots[5])).await.unwrap();
    let planned = stage.tx().await.notices_of(id).await.unwrap();
    let when: Vec<_> = planned.iter().map(|n| (n.kind, n.next_at)).collect();
    let day = TimeDelta::hours(24);
    assert_eq!(when.len(), 2, "{planned:?}");
    assert!(when.contains(&(NoticeKind::Appointment, made.starts_at - day)), "{when:?}");
    let wait = (made.starts_at - day - stage.now()).num_seconds();
    stage.pass(u64::try_from(wait).unwrap() + 60);
    service.run_notices(RunOptions::default(), &|_, _| ()).await.unwrap();
    let told = stage.tx().await.notices_of(id).await.unwrap();
    let status = |of: String| told.iter().find(|n| n.occasion == of).unwrap().status;
    assert_eq!(status(made.appointment_id.to_string()), NoticeStatus::Sent);
    let former = told.iter().find(|n| n.occasion != made.appointment_id.to_string()).unwrap();
    assert_eq!(former.status, NoticeStatus::Withdrawn);
}
