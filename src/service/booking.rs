//! Taking a place of a slot: what is free, and the one transaction that books.

use super::{
    Service, ServiceError,
    record::event,
    views::{AppointmentView, SlotView},
};
use crate::{
    clock::china_date,
    domain::{
        appointment::{
            Appointment, AppointmentState, AppointmentWay, HoursException, Slot, Timetable,
        },
        audit::{Action, Actor},
        calendar::CalendarDay,
        case::CaseKind,
        ical::calendar_file,
        ids::{AppointmentId, BeneficiaryId, LinkId, OfficerId},
        verdict::Reason,
    },
    storage::Tx,
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::BTreeMap;

/// Who books what for whom.
pub(super) struct Booking {
    pub of: BeneficiaryId,
    pub link: Option<LinkId>,
    pub officer: Option<OfficerId>,
    pub way: AppointmentWay,
    pub starts_at: DateTime<Utc>,
    pub phone: Option<String>,
}

impl Service {
    /// The first and the last instant that can be booked now.
    pub(super) fn window(&self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let terms = &self.settings.appointments;
        let hours = TimeDelta::hours(i64::from(terms.notice_hours));
        (now + hours, now + TimeDelta::days(i64::from(terms.ahead_days)))
    }

    pub(super) fn timetable<'a>(
        &'a self,
        exceptions: &'a [HoursException],
        days: &'a [CalendarDay],
    ) -> Timetable<'a> {
        let terms = &self.settings.appointments;
        Timetable { pattern: &terms.hours, exceptions, days, slot_minutes: terms.slot_minutes }
    }

    /// Slots of these days with their free places.
    pub(super) async fn slots(
        &self,
        tx: &mut Tx,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Result<Vec<(Slot, u32)>, ServiceError> {
        let days = tx.calendar_days().await?;
        let exceptions = tx.hours_exceptions(from).await?;
        let table = self.timetable(&exceptions, &days);
        let end = china_midnight(until) + TimeDelta::days(1);
        let mut taken: BTreeMap<DateTime<Utc>, u32> = BTreeMap::new();
        for one in tx.appointments_between(china_midnight(from), end).await? {
            *taken.entry(one.starts_at).or_default() += 1;
        }
        let free = |slot: Slot| {
            let seats = slot.seats.saturating_sub(taken.get(&slot.starts_at).copied().unwrap_or(0));
            (slot, seats)
        };
        Ok(from
            .iter_days()
            .take_while(|d| *d <= until)
            .flat_map(|d| table.slots(d))
            .map(free)
            .collect())
    }

    /// Takes the first free place of the slot; the person is held. A former appointment is given back in the same transaction.
    pub(super) async fn book(
        &self,
        tx: &mut Tx,
        booking: Booking,
        now: DateTime<Utc>,
    ) -> Result<Appointment, ServiceError> {
        let (from, until) = self.window(now);
        let on = china_date(booking.starts_at);
        let in_time = (from..=until).contains(&booking.starts_at);
        let slots = if in_time { self.slots(tx, on, on).await? } else { Vec::new() };
        let slot =
            slots.into_iter().map(|(slot, _)| slot).find(|s| s.starts_at == booking.starts_at);
        let slot = slot.ok_or_else(|| {
            ServiceError::conflict(
                "no_such_slot",
                "this time is not offered; look at the free times again",
            )
        })?;
        let by = booking.officer.map_or(Actor::Citizen, |id| Actor::Officer { id });
        let former = tx.booked_of(booking.of).await?;
        if let Some(former) = &former {
            if former.starts_at == slot.starts_at && former.way == booking.way {
                return Ok(former.clone()); // asked twice
            }
            give_back(tx, former, by, now).await?;
            tx.settle_cases(booking.of, CaseKind::Appointment).await?;
        }
        let mut new = Appointment {
            id: AppointmentId::new(),
            beneficiary_id: booking.of,
            link_id: booking.link,
            case_id: None,
            way: booking.way,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            seat: 0,
            state: AppointmentState::Booked,
            booked_at: now,
            booked_by: booking.officer,
            version: 1,
        };
        let mut case = self
            .case_about(tx, booking.of, CaseKind::Appointment, vec![Reason::AskedForPerson], now)
            .await?;
        (case.link_id, case.wish_phone) = (booking.link, booking.phone);
        case.case.answer_by = slot.ends_at; // the promise is the appointed time
        case.urgency.answer_on = on;
        tx.open_case(&case).await?;
        new.case_id = Some(case.case.id);
        for seat in 1..=slot.seats {
            new.seat = seat;
            if tx.book(&new).await? {
                let about = ("appointment", new.id);
                let detail =
                    json!({ "starts_at": new.starts_at, "way": new.way, "case_id": new.case_id });
                tx.add_audit(&event(now, by, Action::AppointmentBooked, about, detail)).await?;
                self.plan_reminder(tx, &new, &self.place(new.way), now).await?;
                return Ok(new);
            }
        }
        // Nothing of it is kept: whoever loses the race keeps the appointment they had.
        Err(ServiceError::conflict("slot_taken", "somebody was faster; choose another time"))
    }

    fn place(&self, way: AppointmentWay) -> String {
        match way {
            AppointmentWay::Call => "电话 / by telephone".to_owned(),
            AppointmentWay::Counter => self.settings.county.name_zh.clone(),
        }
    }

    pub(super) fn appointment_view(&self, of: &Appointment, now: DateTime<Utc>) -> AppointmentView {
        let county = &self.settings.county;
        let host = self.settings.server.public_url.split("://").last().unwrap_or_default();
        let host = host.split(['/', ':']).next().filter(|h| !h.is_empty()).unwrap_or("jianmian");
        let summary = format!("{} 养老金资格认证 / pension confirmation", county.name_zh);
        let place = self.place(of.way);
        let text = format!(
            "{}\n{}",
            county.phone, "免费；不问密码和银行卡 / free of charge; no password, no bank card"
        );
        AppointmentView {
            appointment_id: of.id,
            way: of.way,
            starts_at: of.starts_at,
            ends_at: of.ends_at,
            state: of.state,
            ics: calendar_file(of, host, (&summary, &text, &place), now),
        }
    }
}

pub(super) async fn give_back(
    tx: &mut Tx,
    of: &Appointment,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if !tx.end_appointment(of.id, AppointmentState::Cancelled).await? {
        return Err(closed());
    }
    let about = ("appointment", of.id);
    let cancelled = event(now, by, Action::AppointmentCancelled, about, json!({}));
    Ok(tx.add_audit(&cancelled).await?)
}

pub(super) fn closed() -> ServiceError {
    ServiceError::conflict("closed", "the appointment is over or given back already")
}

pub(super) fn slot_view(slot: Slot, free: u32) -> SlotView {
    SlotView { starts_at: slot.starts_at, ends_at: slot.ends_at, free }
}

/// Midnight of a day in China.
pub(super) fn china_midnight(on: NaiveDate) -> DateTime<Utc> {
    on.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(8)
}
