//! Appointments: what a person and an officer do with them.

use super::{
    Service, ServiceError, beneficiary,
    booking::{Booking, china_midnight, closed, give_back, slot_view},
    links::Standing,
    phone::is_phone,
    record::event,
    views::{AppointmentView, AppointmentsView, BookingForm, DayAppointment, DayHours, SlotView},
};
use crate::{
    clock::china_date,
    domain::{
        appointment::{AppointmentState, AppointmentWay, HoursException, Span},
        audit::{Action, Actor},
        case::CaseKind,
        ids::{AppointmentId, BeneficiaryId, OfficerId},
    },
    storage::Tx,
};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde_json::json;
use std::collections::BTreeMap;

/// Free slots shown on a phone at once: large type, one screen.
const SHOWN_MAX: usize = 6;
/// Of one day at most so many, so that evenings and weekends are among them.
const SHOWN_OF_A_DAY: usize = 2;

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
        self.news.tell();
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
        self.news.tell();
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

    /// The hours of a day, and why they are not the weekly pattern's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hours_on(&self, on: NaiveDate) -> Result<DayHours, ServiceError> {
        let mut tx = self.db.read().await?;
        let days = tx.calendar_days().await?;
        let exceptions = tx.hours_exceptions(on).await?;
        let other = exceptions.iter().find(|e| e.day_on == on);
        Ok(DayHours {
            day_on: on,
            spans: self.timetable(&exceptions, &days).spans(on),
            reason: other.map(|e| e.reason.clone()),
        })
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
        let sound = |s: &Span| s.from < s.until && (1..=100).contains(&s.officers);
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
}
