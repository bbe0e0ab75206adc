//! What statistics are counted from. Cases of known truth are left out everywhere.

use super::{
    Result, Tx,
    columns::{At, Count, Text, Word, ms, word},
};
use crate::domain::{
    audit::Action,
    call::CallStatus,
    case::{CaseKind, CaseStatus},
    confirmation::Channel,
    evidence::CaptureEnd,
    ids::{BeneficiaryId, CallId, CaseId, LinkId, OfficerId},
    queue::Lane,
    statistics::DeviceClass,
};
use chrono::{DateTime, NaiveDate, Utc};

/// A link and whose it is.
#[derive(Clone, Debug)]
pub struct LinkFact {
    /// Link.
    pub id: LinkId,
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
    /// Born.
    pub birth_on: NaiveDate,
    /// Lives at.
    pub residence: Option<String>,
    /// Consent was given.
    pub consented: bool,
    /// Somebody helped.
    pub assisted: bool,
}

/// A call on a link.
#[derive(Clone, Debug)]
pub struct CallFact {
    /// On which link.
    pub link_id: LinkId,
    /// How it ended.
    pub status: CallStatus,
    /// Opened.
    pub opened_at: DateTime<Utc>,
    /// Ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// From what.
    pub device: Option<DeviceClass>,
}

/// A case that waits, or one that was decided.
#[derive(Clone, Copy, Debug)]
pub struct CaseFact {
    /// Case.
    pub id: CaseId,
    /// Lane.
    pub lane: Lane,
    /// Opened.
    pub opened_at: DateTime<Utc>,
    /// Promised answer.
    pub answer_by: DateTime<Utc>,
    /// Decided; none: it waits.
    pub decided_at: Option<DateTime<Utc>>,
}

impl Tx {
    /// Links made in a span of time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link_facts(
        &mut self,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<LinkFact>> {
        let rows = all!(
            self,
            (Text<LinkId>, Text<BeneficiaryId>, Text<NaiveDate>, Option<String>, Count<u64>, Count<u64>),
            "SELECT l.id, l.beneficiary_id, b.birth_on, b.residence,
             (SELECT COUNT(*) FROM consents o WHERE o.link_id = l.id),
             (SELECT COUNT(*) FROM consents o WHERE o.link_id = l.id AND o.assisted = $3)
             FROM links l JOIN beneficiaries b ON b.id = l.beneficiary_id WHERE l.made_at >= $1 AND l.made_at < $2
             ORDER BY l.id",
            ms(from),
            ms(until),
            true,
        )?;
        Ok(rows
            .into_iter()
            .map(|(id, whose, birth, residence, consents, assisted)| LinkFact {
                id: id.0,
                beneficiary_id: whose.0,
                birth_on: birth.0,
                residence,
                consented: consents.0 > 0,
                assisted: assisted.0 > 0,
            })
            .collect())
    }

    /// Video calls on links made in a span of time, in order of time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn call_facts(
        &mut self,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<CallFact>> {
        let rows = all!(
            self,
            (Text<LinkId>, Word<CallStatus>, At, Option<At>, Option<Word<DeviceClass>>),
            "SELECT c.link_id, c.status, c.opened_at, c.ended_at, c.device FROM calls c JOIN links l ON l.id = c.link_id
             WHERE l.made_at >= $1 AND l.made_at < $2 AND c.kind = 'call' ORDER BY c.opened_at, c.id",
            ms(from),
            ms(until),
        )?;
        Ok(rows
            .into_iter()
            .map(|(link, status, opened, ended, device)| CallFact {
                link_id: link.0,
                status: status.0,
                opened_at: opened.0,
                ended_at: ended.map(|at| at.0),
                device: device.map(|d| d.0),
            })
            .collect())
    }

    /// Cases on links made in a span of time: link, kind, status.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link_cases(
        &mut self,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<(LinkId, CaseKind, CaseStatus)>> {
        let rows = all!(
            self,
            (Text<LinkId>, Word<CaseKind>, Word<CaseStatus>),
            "SELECT k.link_id, k.kind, k.status FROM cases k JOIN links l ON l.id = k.link_id
             WHERE l.made_at >= $1 AND l.made_at < $2",
            ms(from),
            ms(until),
        )?;
        Ok(rows.into_iter().map(|(link, kind, status)| (link.0, kind.0, status.0)).collect())
    }

    /// Whom a confirmation came for in a span of time, and by which channel.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirmed_by(
        &mut self,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<(BeneficiaryId, Channel)>> {
        let rows = all!(
            self,
            (Text<BeneficiaryId>, Word<Channel>),
            "SELECT beneficiary_id, channel FROM confirmations
             WHERE confirmed_at >= $1 AND confirmed_at < $2 AND channel <> 'import'",
            ms(from),
            ms(until),
        )?;
        Ok(rows.into_iter().map(|(whose, channel)| (whose.0, channel.0)).collect())
    }

    /// Cases that wait now, without those of known truth.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_cases(&mut self) -> Result<Vec<CaseFact>> {
        let rows = all!(
            self,
            (Text<CaseId>, Word<Lane>, At, At),
            "SELECT id, lane, opened_at, answer_by FROM cases WHERE lane <> 'closed'
             AND id NOT IN (SELECT case_id FROM seeded_cases)",
        )?;
        Ok(rows
            .into_iter()
            .map(|(id, lane, opened, answer)| CaseFact {
                id: id.0,
                lane: lane.0,
                opened_at: opened.0,
                answer_by: answer.0,
                decided_at: None,
            })
            .collect())
    }

    /// Cases whose last decision fell into a span of time, without those of known truth.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decided_cases(
        &mut self,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<CaseFact>> {
        let rows = all!(
            self,
            (Text<CaseId>, At, At, At),
            "SELECT k.id, k.opened_at, k.answer_by, MAX(a.at) FROM audit a JOIN cases k ON k.id = a.subject_id
             WHERE a.subject_kind = 'case' AND a.at >= $1 AND a.at < $2 AND k.lane = 'closed'
             AND a.action IN ('case_confirmed', 'case_asked_again', 'case_refused')
             AND k.id NOT IN (SELECT case_id FROM seeded_cases) GROUP BY k.id, k.opened_at, k.answer_by",
            ms(from),
            ms(until),
        )?;
        Ok(rows
            .into_iter()
            .map(|(id, opened, answer, decided)| CaseFact {
                id: id.0,
                lane: Lane::Closed,
                opened_at: opened.0,
                answer_by: answer.0,
                decided_at: Some(decided.0),
            })
            .collect())
    }

    /// What officers did with cases in a span of time: who, what, how often.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn officer_acts(
        &mut self,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<(OfficerId, Action, u64)>> {
        let rows = all!(
            self,
            (Text<OfficerId>, Word<Action>, Count<u64>),
            "SELECT officer_id, action, COUNT(*) FROM audit WHERE officer_id IS NOT NULL AND subject_kind = 'case'
             AND at >= $1 AND at < $2 GROUP BY officer_id, action ORDER BY officer_id, action",
            ms(from),
            ms(until),
        )?;
        Ok(rows.into_iter().map(|(who, what, n)| (who.0, what.0, n.0)).collect())
    }

    /// Keeps from what a call came.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_device(&mut self, call: CallId, device: DeviceClass) -> Result<()> {
        run!(self, "UPDATE calls SET device = $2 WHERE id = $1", call.to_string(), word(&device))?;
        Ok(())
    }

    /// Keeps how the capture of a call ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_capture_end(&mut self, call: CallId, end: CaptureEnd) -> Result<()> {
        run!(
            self,
            "UPDATE calls SET capture_end = $2 WHERE id = $1",
            call.to_string(),
            word(&end)
        )?;
        Ok(())
    }
}
