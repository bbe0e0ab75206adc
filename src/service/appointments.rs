//! Appointments: free slots, booking by the person or an officer, giving back, and what became of them.

use super::{
    Service, ServiceError, beneficiary,
    links::Standing,
    phone::is_phone,
    record::event,
    views::{AppointmentView, AppointmentsView, BookingForm, DayAppointment, SlotView},
};
use crate::{
    clock::china_date,
    domain::{
        appointment::{
            Appointment, AppointmentState, AppointmentWay, HoursException, Slot, Timetable,
        },
        audit::{Action, Actor},
        case::CaseKind,
        ical::calendar_file,
        ids::{AppointmentId, BeneficiaryId, LinkId, OfficerId},
        verdict::Reason,
    },
    storage::Tx,
};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::BTreeMap;

/// Free slots shown on a phone at once: large type, one screen.
const SHOWN_MAX: usize = 6;
/// Of one day at most so many, so that evenings and weekends are among them.
const SHOWN_OF_A_DAY: usize = 2;

/// Who books what for whom.
struct Booking {
    of: BeneficiaryId,
    link: Option<LinkId>,
    officer: Option<OfficerId>,
    way: AppointmentWay,
    starts_at: DateTime<Utc>,
    phone: Option<String>,
}

impl Service {
    /// What a link's page shows: the appointment to come, and free slots.
    ///
    /// # Errors
    /// [`ServiceError::LinkUnknown`], [`ServiceError::LinkExpired`].
    pub async fn phone_appointments(&self, token: &str) -> Result<AppointmentsView, ServiceError> {
        let now = self.now();
        let mut tx = self.db.read().await?;
        let standing = self.standing(&mut tx, token, now).await?;
        self.appointments_of(&mut tx, &standing, now).await
    }

    /// Books by link. Who has an appointment already changes it: the new one is taken before the old one is given back, and both or none.
    ///
    /// # Errors
    /// `slot_taken` when somebody was faster, `no_such_slot`, `bad_phone`, `already_confirmed`.
    pub async fn phone_book(
        &self,
        token: &str,
        form: BookingForm,
    ) -> Result<AppointmentView, ServiceError> {
        let phone = form.phone.as_deref().map(str::trim).filter(|p| !p.is_empty());
        if phone.is_some_and(|p| !is_phone(p)) {
            let detail = "phone: digits, spaces, + and - only, at least 5 digits";
            return Err(ServiceError::unacceptable("bad_phone", detail));
        }
        let now = self.now();
        let mut tx = self.db.write().await?;
        let standing = self.held_standing(&mut tx, token, now).await?;
        standing.refuse_when_done()?;
        let booking = Booking {
            of: standing.beneficiary.id,
            link: Some(standing.link.id),
            officer: None,
            way: AppointmentWay::Call,
            starts_at: form.starts_at,
            phone: phone.map(str::to_owned),
        };
        let made = self.book(&mut tx, booking, now).await?;
        tx.commit().await?;
        Ok(self.appointment_view(&made, now))
    }

    /// Gives the appointment of a link's person back; its place is free again. Twice is once.
    ///
    /// # Errors
    /// [`ServiceError::LinkUnknown`], [`ServiceError::LinkExpired`].
    pub async fn phone_cancel(&self, token: &str) -> Result<AppointmentsView, ServiceError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let standing = self.held_standing(&mut tx, token, now).await?;
        if let Some(booked) = tx.booked_of(standing.beneficiary.id).await? {
            give_back(&mut tx, &booked, Actor::Citizen, now).await?;
            tx.settle_cases(standing.beneficiary.id, CaseKind::Appointment).await?;
        }
        let view = self.appointments_of(&mut tx, &standing, now).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Books for a person, by an officer. A changed time replaces the former one.
    ///
    /// # Errors
    /// `slot_taken`, `no_such_slot`, [`ServiceError::NotFound`].
    pub async fn book_for(
        &self,
        officer: OfficerId,
        of: BeneficiaryId,
        way: AppointmentWay,
        starts_at: DateTime<Utc>,
    ) -> Result<AppointmentView, ServiceError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        if !tx.hold_beneficiary(of).await? {
            return Err(ServiceError::NotFound("beneficiary"));
        }
        let booking =
            Booking { of, link: None, officer: Some(officer), way, starts_at, phone: None };
        let made = self.book(&mut tx, booking, now).await?;
        tx.commit().await?;
        Ok(self.appointment_view(&made, now))
    }

    /// What became of an appointment: kept, missed (nothing follows from it), or given back.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; `closed` when it is not booked any more; `not_yet` before it began.
    pub async fn close_appointment(
        &self,
        officer: OfficerId,
        id: AppointmentId,
        to: AppointmentState,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let known = tx.appointment(id).await?.ok_or(ServiceError::NotFound("appointment"))?;
        tx.hold_beneficiary(known.beneficiary_id).await?;
        let by = Actor::Officer { id: officer };
        match to {
            AppointmentState::Booked => {
                return Err(ServiceError::unacceptable("bad_state", "kept, missed or cancelled"));
            }
            AppointmentState::Cancelled => give_back(&mut tx, &known, by, now).await?,
            AppointmentState::Kept | AppointmentState::Missed if now < known.starts_at => {
                return Err(ServiceError::conflict("not_yet", "the appointment has not begun"));
            }
            AppointmentState::Kept | AppointmentState::Missed => {
                if !tx.end_appointment(id, to).await? {
                    return Err(closed());
                }
                let detail = json!({ "state": to });
                let about = ("appointment", id);
                tx.add_audit(&event(now, by, Action::AppointmentClosed, about, detail)).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// The appointments of a day in order, with who comes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn appointments_on(
        &self,
        on: NaiveDate,
    ) -> Result<Vec<DayAppointment>, ServiceError> {
        let mut tx = self.db.read().await?;
        let from = china_midnight(on);
        let mut all = Vec::new();
        for one in tx.appointments_between(from, from + TimeDelta::days(1)).await? {
            let whom = beneficiary(&mut tx, one.beneficiary_id).await?;
            let case = match one.case_id {
                Some(id) => tx.case(id).await?,
                None => None,
            };
            all.push(DayAppointment {
                appointment_id: one.id,
                beneficiary_id: one.beneficiary_id,
                name: whom.name,
                phone: case.as_ref().and_then(|c| c.wish_phone.clone()).or(whom.phone),
                case_id: one.case_id,
                way: one.way,
                starts_at: one.starts_at,
                ends_at: one.ends_at,
                seat: one.seat,
                state: one.state,
            });
        }
        Ok(all)
    }

    /// Slots of the days `from` to `until` with the places that are free, full ones too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn free_slots(
        &self,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Result<Vec<SlotView>, ServiceError> {
        let until = until.min(from + Days::new(u64::from(self.settings.appointments.ahead_days)));
        let mut tx = self.db.read().await?;
        let slots = self.slots(&mut tx, from, until).await?;
        Ok(slots.into_iter().map(|(slot, free)| slot_view(slot, free)).collect())
    }

    /// Sets other hours on a day, or closes it (no span); what is booked there stays booked and is told.
    ///
    /// # Errors
    /// `bad_hours`, `reason_missing`. The appointments that now lie outside the hours.
    pub async fn set_hours(
        &self,
        by: Actor,
        exception: HoursException,
    ) -> Result<Vec<DayAppointment>, ServiceError> {
        let sound = |s: &crate::domain::appointment::Span| {
            s.from < s.until && (1..=100).contains(&s.officers)
        };
        if !exception.spans.iter().all(sound) {
            let detail = "hours: must end after they begin, with 1 to 100 officers";
            return Err(ServiceError::unacceptable("bad_hours", detail));
        }
        if exception.reason.trim().is_empty() {
            return Err(ServiceError::unacceptable("reason_missing", "reason: say why"));
        }
        let now = self.now();
        let officer = match by {
            Actor::Officer { id } => Some(id),
            _ => None,
        };
        let mut tx = self.db.write().await?;
        tx.set_hours_exception(&exception, officer, now).await?;
        let slots = self.slots(&mut tx, exception.day_on, exception.day_on).await?;
        let about = ("appointment_day", exception.day_on);
        let detail = json!({ "spans": exception.spans });
        tx.add_audit(&event(now, by, Action::AppointmentHoursSet, about, detail)).await?;
        tx.commit().await?;
        let booked = self.appointments_on(exception.day_on).await?;
        let holds = |a: &DayAppointment| {
            slots.iter().any(|(s, _)| s.starts_at == a.starts_at && a.seat <= s.seats)
        };
        let waits = |a: &DayAppointment| a.state == AppointmentState::Booked;
        Ok(booked.into_iter().filter(|a| waits(a) && !holds(a)).collect())
    }

    /// Lets the weekly pattern hold again on a day.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when nothing else held.
    pub async fn drop_hours(&self, by: Actor, on: NaiveDate) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        if !tx.drop_hours_exception(on).await? {
            return Err(ServiceError::NotFound("exception"));
        }
        let about = ("appointment_day", on);
        let detail = json!({ "spans": null });
        tx.add_audit(&event(self.now(), by, Action::AppointmentHoursSet, about, detail)).await?;
        Ok(tx.commit().await?)
    }

    async fn appointments_of(
        &self,
        tx: &mut Tx,
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<AppointmentsView, ServiceError> {
        let booked = tx.booked_of(standing.beneficiary.id).await?;
        let (from, until) = self.window(now);
        let slots = self.slots(tx, china_date(from), china_date(until)).await?;
        let open = slots
            .into_iter()
            .filter(|(s, free)| *free > 0 && (from..=until).contains(&s.starts_at));
        let mut of_day: BTreeMap<NaiveDate, usize> = BTreeMap::new();
        let few = open.filter(|(slot, _)| {
            let shown = of_day.entry(china_date(slot.starts_at)).or_default();
            *shown += 1;
            *shown <= SHOWN_OF_A_DAY
        });
        Ok(AppointmentsView {
            booked: booked.map(|booked| self.appointment_view(&booked, now)),
            slots: few.take(SHOWN_MAX).map(|(slot, free)| slot_view(slot, free)).collect(),
        })
    }

    /// The first and the last instant that can be booked now.
    fn window(&self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let terms = &self.settings.appointments;
        let hours = TimeDelta::hours(i64::from(terms.notice_hours));
        (now + hours, now + TimeDelta::days(i64::from(terms.ahead_days)))
    }

    /// Slots of these days with their free places.
    async fn slots(
        &self,
        tx: &mut Tx,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Result<Vec<(Slot, u32)>, ServiceError> {
        let days = tx.calendar_days().await?;
        let exceptions = tx.hours_exceptions(from).await?;
        let table = Timetable {
            pattern: &self.settings.appointments.hours,
            exceptions: &exceptions,
            days: &days,
            slot_minutes: self.settings.appointments.slot_minutes,
        };
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
    async fn book(
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
        tx.open_case(&case).await?;
        new.case_id = Some(case.case.id);
        for seat in 1..=slot.seats {
            new.seat = seat;
            if tx.book(&new).await? {
                let about = ("appointment", new.id);
                let detail =
                    json!({ "starts_at": new.starts_at, "way": new.way, "case_id": new.case_id });
                tx.add_audit(&event(now, by, Action::AppointmentBooked, about, detail)).await?;
                return Ok(new);
            }
        }
        // Nothing of it is kept: whoever loses the race keeps the appointment they had.
        Err(ServiceError::conflict("slot_taken", "somebody was faster; choose another time"))
    }

    fn appointment_view(&self, of: &Appointment, now: DateTime<Utc>) -> AppointmentView {
        let county = &self.settings.county;
        let host = self.settings.server.public_url.split("://").last().unwrap_or_default();
        let host = host.split(['/', ':']).next().filter(|h| !h.is_empty()).unwrap_or("jianmian");
        let summary = format!("{} 养老金资格认证 / pension confirmation", county.name_zh);
        let place = match of.way {
            AppointmentWay::Call => "电话 / by telephone".to_owned(),
            AppointmentWay::Counter => county.name_zh.clone(),
        };
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

async fn give_back(
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

fn closed() -> ServiceError {
    ServiceError::conflict("closed", "the appointment is over or given back already")
}

fn slot_view(slot: Slot, free: u32) -> SlotView {
    SlotView { starts_at: slot.starts_at, ends_at: slot.ends_at, free }
}

/// Midnight of a day in China.
fn china_midnight(on: NaiveDate) -> DateTime<Utc> {
    on.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(8)
}
