//! Draws of automatic passes, and cases whose truth is known.

use super::{
    Result, Tx,
    columns::{At, Count, Json, Text, Word, day, json, ms, word},
};
use crate::domain::{
    beneficiary::Sex,
    case::CaseStatus,
    confirmation::Channel,
    ids::{BeneficiaryId, CallId, CaseId, OfficerId},
    quality::{AgeBand, Draw, Truth},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// A draw with what came of it.
#[derive(Clone, Debug)]
pub struct DrawRow {
    /// Which pass.
    pub call_id: CallId,
    /// Digest of its evidence.
    pub evidence_sha256: Option<String>,
    /// The draw.
    pub draw: Draw,
    /// Where the case of the sample stands; none when it was not drawn.
    pub case: Option<CaseStatus>,
}

/// Who a seeded case says it is about: nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persona {
    /// Made-up name.
    pub name: String,
    /// Made-up id number of no area.
    pub id_number: String,
    /// Made-up birth date, near the real one.
    pub birth_on: NaiveDate,
    /// Where.
    pub residence: Option<String>,
    /// Due date.
    pub due_on: NaiveDate,
    /// Last confirmation.
    pub last_confirmed_on: Option<NaiveDate>,
}

/// A seeded case.
#[derive(Clone, Debug)]
pub struct SeedRow {
    /// The case.
    pub case_id: CaseId,
    /// What is true.
    pub truth: Truth,
    /// Whose pictures it shows.
    pub call_id: CallId,
    /// Whose reference it shows.
    pub reference_of: BeneficiaryId,
    /// Who it says it is about.
    pub persona: Persona,
    /// The call's record as decided for the seed, sealed under the key of the call's person.
    pub sealed_record: Vec<u8>,
    /// When.
    pub seeded_at: DateTime<Utc>,
    /// By whom.
    pub seeded_by: OfficerId,
}

/// An answered seed.
#[derive(Clone, Copy, Debug)]
pub struct AnswerRow {
    /// By whom.
    pub officer: OfficerId,
    /// What was true.
    pub truth: Truth,
    /// Whether the answer was right.
    pub right: bool,
}

/// Material for a seed: a call with pictures whose end is known.
#[derive(Clone, Copy, Debug)]
pub struct SeedSource {
    /// Call.
    pub call_id: CallId,
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
}

#[derive(FromRow)]
struct Row {
    case_id: Text<CaseId>,
    truth: Word<Truth>,
    call_id: Text<CallId>,
    reference_of: Text<BeneficiaryId>,
    persona: Json<Persona>,
    sealed_record: Vec<u8>,
    seeded_at: At,
    seeded_by: Text<OfficerId>,
}

impl From<Row> for SeedRow {
    fn from(row: Row) -> Self {
        Self {
            case_id: row.case_id.0,
            truth: row.truth.0,
            call_id: row.call_id.0,
            reference_of: row.reference_of.0,
            persona: row.persona.0,
            sealed_record: row.sealed_record,
            seeded_at: row.seeded_at.0,
            seeded_by: row.seeded_by.0,
        }
    }
}

#[derive(FromRow)]
struct DrawColumns {
    call_id: Text<CallId>,
    evidence_sha256: Option<String>,
    channel: Word<Channel>,
    age_band: Word<AgeBand>,
    rule_version: Count<u32>,
    share: Count<u32>,
    value: String,
    drawn: bool,
    status: Option<Word<CaseStatus>>,
}

impl Tx {
    /// Keeps the draw of a pass.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when the pass was drawn for already.
    pub async fn add_draw(&mut self, call: CallId, draw: &Draw, at: DateTime<Utc>) -> Result<()> {
        run!(
            self,
            "INSERT INTO sample_draws (call_id, at, channel, age_band, rule_version, share, value, drawn)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            call.to_string(),
            ms(at),
            word(&draw.channel),
            word(&draw.age_band),
            i64::from(draw.rule_version),
            i64::from(draw.share),
            format!("{:016x}", draw.value),
            draw.drawn,
        )?;
        Ok(())
    }

    /// The draws since `from`, with what came of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn draws(&mut self, from: DateTime<Utc>) -> Result<Vec<DrawRow>> {
        let rows = all!(
            self,
            DrawColumns,
            "SELECT d.call_id, c.evidence_sha256, d.channel, d.age_band, d.rule_version, d.share, d.value, d.drawn, k.status
             FROM sample_draws d JOIN calls c ON c.id = d.call_id LEFT JOIN cases k ON k.call_id = d.call_id
             WHERE d.at >= $1 ORDER BY d.at, d.call_id",
            ms(from),
        )?;
        let read = |row: DrawColumns| {
            let value = u64::from_str_radix(&row.value, 16)
                .map_err(|_| sqlx::Error::Decode("a draw that is no number".into()))?;
            Ok(DrawRow {
                call_id: row.call_id.0,
                evidence_sha256: row.evidence_sha256,
                draw: Draw {
                    channel: row.channel.0,
                    age_band: row.age_band.0,
                    rule_version: row.rule_version.0,
                    share: row.share.0,
                    value,
                    drawn: row.drawn,
                },
                case: row.status.map(|s| s.0),
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Keeps a seed beside its case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_seed(&mut self, seed: &SeedRow) -> Result<()> {
        run!(
            self,
            "INSERT INTO seeded_cases (case_id, truth, call_id, reference_of, persona, sealed_record, seeded_at, seeded_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            seed.case_id.to_string(),
            word(&seed.truth),
            seed.call_id.to_string(),
            seed.reference_of.to_string(),
            json(&seed.persona)?,
            seed.sealed_record.as_slice(),
            ms(seed.seeded_at),
            seed.seeded_by.to_string(),
        )?;
        Ok(())
    }

    /// The seed of a case; none when the case is a real one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed(&mut self, case: CaseId) -> Result<Option<SeedRow>> {
        let row = one!(
            self,
            Row,
            "SELECT case_id, truth, call_id, reference_of, persona, sealed_record, seeded_at, seeded_by
             FROM seeded_cases WHERE case_id = $1",
            case.to_string(),
        )?;
        Ok(row.map(SeedRow::from))
    }

    /// Who the seeded cases say they are about.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn personas(&mut self) -> Result<Vec<(CaseId, Persona)>> {
        let rows =
            all!(self, (Text<CaseId>, Json<Persona>), "SELECT case_id, persona FROM seeded_cases")?;
        Ok(rows.into_iter().map(|(id, persona)| (id.0, persona.0)).collect())
    }

    /// An open seeded case that shows this call and is claimed by this officer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed_of_call(
        &mut self,
        call: CallId,
        officer: OfficerId,
    ) -> Result<Option<CaseId>> {
        let row = one!(
            self,
            (Text<CaseId>,),
            "SELECT s.case_id FROM seeded_cases s JOIN cases c ON c.id = s.case_id
             WHERE s.call_id = $1 AND s.answered_at IS NULL AND c.claimed_by = $2 LIMIT 1",
            call.to_string(),
            officer.to_string(),
        )?;
        Ok(row.map(|(id,)| id.0))
    }

    /// Keeps the answer to a seed, once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answer_seed(
        &mut self,
        case: CaseId,
        (officer, at): (OfficerId, DateTime<Utc>),
        (answer, right): (&str, bool),
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE seeded_cases SET answered_at = $2, answered_by = $3, answer = $4, was_right = $5
             WHERE case_id = $1 AND answered_at IS NULL",
            case.to_string(),
            ms(at),
            officer.to_string(),
            answer,
            right,
        )?;
        Ok(touched == 1)
    }

    /// Answers since `from`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed_answers(&mut self, from: DateTime<Utc>) -> Result<Vec<AnswerRow>> {
        let rows = all!(
            self,
            (Text<OfficerId>, Word<Truth>, bool),
            "SELECT answered_by, truth, was_right FROM seeded_cases WHERE answered_at >= $1 ORDER BY answered_at",
            ms(from),
        )?;
        let read = |(officer, truth, right): (Text<OfficerId>, Word<Truth>, bool)| AnswerRow {
            officer: officer.0,
            truth: truth.0,
            right,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Seeds that wait for an answer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seeds_waiting(&mut self) -> Result<u64> {
        let row = one!(
            self,
            (Count<u64>,),
            "SELECT COUNT(*) FROM seeded_cases WHERE answered_at IS NULL"
        )?;
        Ok(row.map_or(0, |(n,)| n.0))
    }

    /// Calls that can be shown as a seed: with pictures and record, a consent on their link, decided by an officer (`confirmed`: the person was
    /// confirmed; else: refused as a deception), those seldom used first. The newest `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed_sources(&mut self, confirmed: bool, limit: i64) -> Result<Vec<SeedSource>> {
        let rows = all!(
            self,
            (Text<CallId>, Text<BeneficiaryId>),
            "SELECT c.id, c.beneficiary_id FROM calls c JOIN cases k ON k.call_id = c.id
             WHERE c.kind = 'call' AND c.sealed_record IS NOT NULL AND k.status = $1
             AND ($2 OR k.id IN (SELECT a.subject_id FROM audit a WHERE a.subject_kind = 'case' AND a.action = 'case_refused'
                                 AND a.detail LIKE '%\"because\":\"deception\"%'))
             AND EXISTS (SELECT 1 FROM consents o WHERE o.link_id = c.link_id)
             AND (SELECT COUNT(*) FROM stills s WHERE s.call_id = c.id) >= 3
             ORDER BY (SELECT COUNT(*) FROM seeded_cases s WHERE s.call_id = c.id), c.opened_at DESC LIMIT $3",
            if confirmed { "confirmed" } else { "refused" },
            confirmed,
            limit,
        )?;
        let read = |(call, whose): (Text<CallId>, Text<BeneficiaryId>)| SeedSource {
            call_id: call.0,
            beneficiary_id: whose.0,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Others of the same sex and about the same age who have a reference that can be compared (`embedder_sha256`).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people_alike(
        &mut self,
        than: BeneficiaryId,
        (sex, born_from, born_until): (Sex, NaiveDate, NaiveDate),
        embedder_sha256: Option<&str>,
    ) -> Result<Vec<BeneficiaryId>> {
        let rows = all!(
            self,
            (Text<BeneficiaryId>,),
            "SELECT b.id FROM beneficiaries b WHERE b.id <> $1 AND b.sex = $2 AND b.birth_on >= $3 AND b.birth_on <= $4
             AND EXISTS (SELECT 1 FROM reference_photos r WHERE r.beneficiary_id = b.id AND ($5 = '' OR r.embedder_sha256 = $5))
             ORDER BY b.id LIMIT 500",
            than.to_string(),
            word(&sex),
            day(born_from),
            day(born_until),
            embedder_sha256.unwrap_or_default(),
        )?;
        Ok(rows.into_iter().map(|(id,)| id.0).collect())
    }
}
