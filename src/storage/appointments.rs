//! Appointments. A place of a slot is taken once and a person has one to come: the unique indexes say so, whoever books at the same time.

use super::{
    Result, Tx,
    columns::{At, Count, Json, Text, Word, day, json, ms, word},
};
use crate::domain::{
    appointment::{Appointment, AppointmentState, AppointmentWay, HoursException, Span},
    ids::{AppointmentId, BeneficiaryId, CaseId, LinkId, OfficerId},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    id: Text<AppointmentId>,
    beneficiary_id: Text<BeneficiaryId>,
    link_id: Option<Text<LinkId>>,
    case_id: Option<Text<CaseId>>,
    way: Word<AppointmentWay>,
    starts_at: At,
    ends_at: At,
    seat: Count<u32>,
    state: Word<AppointmentState>,
    booked_at: At,
    booked_by: Option<Text<OfficerId>>,
    version: i64,
}

impl From<Row> for Appointment {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            link_id: row.link_id.map(|id| id.0),
            case_id: row.case_id.map(|id| id.0),
            way: row.way.0,
            starts_at: row.starts_at.0,
            ends_at: row.ends_at.0,
            seat: row.seat.0,
            state: row.state.0,
            booked_at: row.booked_at.0,
            booked_by: row.booked_by.map(|id| id.0),
            version: row.version,
        }
    }
}

#[derive(FromRow)]
struct ExceptionRow {
    day_on: Text<NaiveDate>,
    spans: Json<Vec<Span>>,
    reason: String,
}

impl Tx {
    /// Takes the place that `new` names. False when it is taken, or the person has an appointment to come.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn book(&mut self, new: &Appointment) -> Result<bool> {
        let touched = run!(
            self,
            "INSERT INTO appointments (id, beneficiary_id, link_id, case_id, way, starts_at, ends_at, seat, state,
             booked_at, booked_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT DO NOTHING",
            new.id.to_string(),
            new.beneficiary_id.to_string(),
            new.link_id.map(|id| id.to_string()),
            new.case_id.map(|id| id.to_string()),
            word(&new.way),
            ms(new.starts_at),
            ms(new.ends_at),
            i64::from(new.seat),
            word(&new.state),
            ms(new.booked_at),
            new.booked_by.map(|id| id.to_string()),
            new.version,
        )?;
        Ok(touched == 1)
    }

    /// Moves a booked appointment to another state. False when it is not booked any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_appointment(
        &mut self,
        id: AppointmentId,
        to: AppointmentState,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE appointments SET state = $2, version = version + 1 WHERE id = $1 AND state = 'booked'",
            id.to_string(),
            word(&to),
        )?;
        Ok(touched == 1)
    }

    /// An appointment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn appointment(&mut self, id: AppointmentId) -> Result<Option<Appointment>> {
        let row = one!(self, Row, "SELECT * FROM appointments WHERE id = $1", id.to_string())?;
        Ok(row.map(Appointment::from))
    }

    /// The appointment that a person has to come.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn booked_of(&mut self, of: BeneficiaryId) -> Result<Option<Appointment>> {
        let row = one!(
            self,
            Row,
            "SELECT * FROM appointments WHERE beneficiary_id = $1 AND state = 'booked'",
            of.to_string()
        )?;
        Ok(row.map(Appointment::from))
    }

    /// Appointments that begin within `[from, until)`, those given back left out, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn appointments_between(
        &mut self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Appointment>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM appointments WHERE starts_at >= $1 AND starts_at < $2 AND state <> 'cancelled'
             ORDER BY starts_at, seat",
            ms(from),
            ms(until),
        )?;
        Ok(rows.into_iter().map(Appointment::from).collect())
    }

    /// Days with other hours than the pattern's, from `from` on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hours_exceptions(&mut self, from: NaiveDate) -> Result<Vec<HoursException>> {
        let rows = all!(
            self,
            ExceptionRow,
            "SELECT day_on, spans, reason FROM appointment_exceptions WHERE day_on >= $1 ORDER BY day_on",
            day(from),
        )?;
        let whole = |row: ExceptionRow| HoursException {
            day_on: row.day_on.0,
            spans: row.spans.0,
            reason: row.reason,
        };
        Ok(rows.into_iter().map(whole).collect())
    }

    /// Sets the hours of a day, in the place of what stood there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_hours_exception(
        &mut self,
        exception: &HoursException,
        by: Option<OfficerId>,
        at: DateTime<Utc>,
    ) -> Result<()> {
        run!(
            self,
            "INSERT INTO appointment_exceptions (day_on, spans, reason, set_at, officer_id) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (day_on) DO UPDATE SET spans = excluded.spans, reason = excluded.reason,
             set_at = excluded.set_at, officer_id = excluded.officer_id",
            day(exception.day_on),
            json(&exception.spans)?,
            &exception.reason,
            ms(at),
            by.map(|id| id.to_string()),
        )?;
        Ok(())
    }

    /// Lets the pattern hold again on a day. False when nothing stood there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drop_hours_exception(&mut self, on: NaiveDate) -> Result<bool> {
        let touched = run!(self, "DELETE FROM appointment_exceptions WHERE day_on = $1", day(on))?;
        Ok(touched == 1)
    }
}
