//! Appointments, for the person and for officers.

use crate::domain::{
    appointment::{AppointmentState, AppointmentWay, Span},
    ids::{AppointmentId, BeneficiaryId, CaseId},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// `GET /api/phone/appointments`.
#[derive(Clone, Debug, Serialize)]
pub struct AppointmentsView {
    /// The one to come.
    pub booked: Option<AppointmentView>,
    /// The next free slots, at most two of a day.
    pub slots: Vec<SlotView>,
}

/// An appointment in the person's words.
#[derive(Clone, Debug, Serialize)]
pub struct AppointmentView {
    /// Id.
    pub appointment_id: AppointmentId,
    /// What happens then.
    pub way: AppointmentWay,
    /// Begin.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Where it stands.
    pub state: AppointmentState,
    /// The same as a calendar file (iCalendar).
    pub ics: String,
}

/// A slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlotView {
    /// Begin.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Free places.
    pub free: u32,
}

/// `POST /api/phone/appointments`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookingForm {
    /// Begin of the slot.
    pub starts_at: DateTime<Utc>,
    /// Telephone to call then; the registered one when absent.
    #[serde(default)]
    pub phone: Option<String>,
}

/// `POST /api/console/appointments/book`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffBookingForm {
    /// For whom.
    pub beneficiary_id: BeneficiaryId,
    /// What happens then.
    pub way: AppointmentWay,
    /// Begin of the slot.
    pub starts_at: DateTime<Utc>,
}

/// `POST /api/console/appointments/{id}/close`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppointmentCloseForm {
    /// `kept`, `missed` or `cancelled`.
    pub state: AppointmentState,
}

/// `POST /api/console/appointment-hours`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoursForm {
    /// Which day.
    pub day_on: NaiveDate,
    /// Its hours; empty: closed.
    pub spans: Vec<Span>,
    /// Why.
    pub reason: String,
}

/// `GET /api/console/appointment-hours`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayHours {
    /// Which day.
    pub day_on: NaiveDate,
    /// Its hours; empty: closed.
    pub spans: Vec<Span>,
    /// Why they are not the weekly pattern's; none when they are.
    pub reason: Option<String>,
}

/// One appointment on an officer's list of a day.
#[derive(Clone, Debug, Serialize)]
pub struct DayAppointment {
    /// Id.
    pub appointment_id: AppointmentId,
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
    /// Name.
    pub name: String,
    /// Telephone for it.
    pub phone: Option<String>,
    /// Its case.
    pub case_id: Option<CaseId>,
    /// What happens then.
    pub way: AppointmentWay,
    /// Begin.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Which of the slot's places.
    pub seat: u32,
    /// Where it stands.
    pub state: AppointmentState,
}
