//! Notices. Planned once by a UNIQUE constraint; claimed and concluded by compare-and-set.

use super::{
    Result, Tx,
    columns::{At, Count, Json, Text, Word, day, json, ms, word},
};
use crate::domain::{
    ids::{BeneficiaryId, LetterBatchId, LinkId, NoticeId},
    notice::{Notice, NoticeChannel, NoticeKind, NoticeStatus, Window},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

/// Somebody in a window, and what was said in the period so far.
#[derive(Clone)]
pub struct NoticeCandidate {
    /// Who.
    pub beneficiary_id: BeneficiaryId,
    /// Until when the confirmation is due.
    pub due_on: NaiveDate,
    /// When the period began.
    pub period_from: NaiveDate,
    /// Telephone.
    pub phone: Option<String>,
    /// Address.
    pub residence: Option<String>,
    /// Salt of the person's keys.
    pub seal_salt: Vec<u8>,
    /// The notice of this window is written down. Then nothing of what follows was looked up.
    pub told: bool,
    /// Day of the first notice in this period.
    pub first_told_on: Option<NaiveDate>,
    /// Channel of the last one.
    pub before: Option<NoticeChannel>,
    /// E-mail.
    pub email: Option<String>,
    /// The period's link, when there is one.
    pub link_id: Option<LinkId>,
    /// An officer has pictures to look at, or a sign of death to follow: nobody is written to then.
    pub with_officer: bool,
}

#[derive(FromRow)]
struct CandidateRow {
    id: Text<BeneficiaryId>,
    due_on: Text<NaiveDate>,
    period_from: Text<NaiveDate>,
    phone: Option<String>,
    residence: Option<String>,
    seal_salt: Vec<u8>,
    told: i64,
    first_told_on: Option<Text<NaiveDate>>,
    last_channel: Option<Word<NoticeChannel>>,
    email: Option<String>,
    link_id: Option<Text<LinkId>>,
    with_officer: Option<i64>,
}

impl From<CandidateRow> for NoticeCandidate {
    fn from(row: CandidateRow) -> Self {
        Self {
            beneficiary_id: row.id.0,
            due_on: row.due_on.0,
            period_from: row.period_from.0,
            phone: row.phone,
            residence: row.residence,
            seal_salt: row.seal_salt,
            told: row.told > 0,
            first_told_on: row.first_told_on.map(|on| on.0),
            before: row.last_channel.map(|w| w.0),
            email: row.email,
            link_id: row.link_id.map(|l| l.0),
            with_officer: row.with_officer.is_some_and(|cases| cases > 0),
        }
    }
}

/// Part of a window: those of one version of a scheme in it.
#[derive(Clone, Copy, Debug)]
pub struct NoticeQuery<'a> {
    /// Scheme.
    pub scheme: &'a str,
    /// Its version.
    pub scheme_version: u32,
    /// Window.
    pub window: &'a Window,
    /// The last one of the page before.
    pub after: Option<(NaiveDate, BeneficiaryId)>,
    /// Size of a page.
    pub limit: i64,
}

/// A notice as it is written down.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// The notice.
    pub notice: Notice,
    /// Township of a letter.
    pub township: String,
}

/// A notice as it lies in its table.
#[derive(FromRow)]
pub(super) struct Row {
    id: Text<NoticeId>,
    beneficiary_id: Text<BeneficiaryId>,
    kind: Word<NoticeKind>,
    occasion: String,
    day: Count<u32>,
    turn: Count<u32>,
    channel: Word<NoticeChannel>,
    status: Word<NoticeStatus>,
    link_id: Option<Text<LinkId>>,
    planned_on: Text<NaiveDate>,
    planned_at: At,
    next_at: At,
    attempts: Count<u32>,
    given_up: Json<Vec<NoticeChannel>>,
    batch_id: Option<Text<LetterBatchId>>,
    detail: Json<serde_json::Value>,
    version: i64,
}

impl From<Row> for Notice {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            kind: row.kind.0,
            occasion: row.occasion,
            day: row.day.0,
            turn: row.turn.0,
            channel: row.channel.0,
            status: row.status.0,
            link_id: row.link_id.map(|id| id.0),
            planned_on: row.planned_on.0,
            planned_at: row.planned_at.0,
            next_at: row.next_at.0,
            attempts: row.attempts.0,
            given_up: row.given_up.0,
            batch_id: row.batch_id.map(|id| id.0),
            detail: row.detail.0,
            version: row.version,
        }
    }
}

/// What became of a claimed notice.
#[derive(Clone, Debug)]
pub struct NoticeEnd<'a> {
    /// Where it stands now.
    pub status: NoticeStatus,
    /// Not to be tried before.
    pub next_at: DateTime<Utc>,
    /// Tries by this channel.
    pub attempts: u32,
    /// Code of the last failure.
    pub failure: Option<&'a str>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Tx {
    /// One page of those in a window, in order of due date. It walks along that order and looks up each person by indexes, so that its cost
    /// depends neither on what was written before nor on what the database believes of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notice_candidates(
        &mut self,
        query: &NoticeQuery<'_>,
    ) -> Result<Vec<NoticeCandidate>> {
        let (window, start) = (query.window, NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default());
        let (after_due, after_id) =
            query.after.map_or((start, String::new()), |(d, id)| (d, id.to_string()));
        let rows = all!(
            self,
            CandidateRow,
            // `IS TRUE`: a status is no order to walk along.
            "WITH walked AS MATERIALIZED (
               SELECT b.id, b.due_on, b.period_from, b.phone, b.residence, b.seal_salt,
                 (SELECT COUNT(*) FROM notices n WHERE n.beneficiary_id = b.id AND n.kind = 'due' AND n.occasion = b.period_from
                  AND n.day = $7) AS told
               FROM beneficiaries b
               WHERE b.due_on >= $1 AND b.due_on <= $2 AND (b.due_on, b.id) > ($3, $4)
                 AND b.scheme = $5 AND b.scheme_version = $6 AND (b.status = 'active') IS TRUE
               ORDER BY b.due_on, b.id LIMIT $8)
             SELECT b.id, b.due_on, b.period_from, b.phone, b.residence, b.seal_salt, b.told,
               CASE WHEN b.told = 0 THEN (SELECT MIN(n.planned_on) FROM notices n WHERE n.beneficiary_id = b.id AND n.kind = 'due'
                 AND n.occasion = b.period_from) END AS first_told_on,
               CASE WHEN b.told = 0 THEN (SELECT n.channel FROM notices n WHERE n.beneficiary_id = b.id AND n.kind = 'due'
                 AND n.occasion = b.period_from ORDER BY n.planned_on DESC, n.turn DESC LIMIT 1) END AS last_channel,
               CASE WHEN b.told = 0 THEN (SELECT a.email FROM notice_addresses a WHERE a.beneficiary_id = b.id) END AS email,
               CASE WHEN b.told = 0 THEN (SELECT l.link_id FROM notice_links l WHERE l.beneficiary_id = b.id
                 AND l.occasion = b.period_from) END AS link_id,
               CASE WHEN b.told = 0 THEN (SELECT COUNT(*) FROM cases c WHERE c.beneficiary_id = b.id
                 AND c.id NOT IN (SELECT case_id FROM seeded_cases) AND c.status IN ('open', 'passed_on', 'to_approve')
                 AND c.kind IN ('flagged_call', 'photo', 'confirm_alive')) END AS with_officer
             FROM walked b ORDER BY b.due_on, b.id",
            day(window.due_from),
            day(window.due_until),
            day(after_due),
            &after_id,
            query.scheme,
            i64::from(query.scheme_version),
            i64::from(window.day),
            query.limit,
        )?;
        Ok(rows.into_iter().map(NoticeCandidate::from).collect())
    }

    /// Schemes and versions by which somebody's period is counted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schemes_in_use(&mut self) -> Result<Vec<(String, u32)>> {
        let rows = all!(
            self,
            (String, Count<u32>),
            "SELECT DISTINCT scheme, scheme_version FROM beneficiaries WHERE scheme_version IS NOT NULL ORDER BY 1, 2",
        )?;
        Ok(rows.into_iter().map(|(name, version)| (name, version.0)).collect())
    }

    /// Writes notices down; those that are there already stay as they are. How many are new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn plan_notices(&mut self, new: &[NewNotice]) -> Result<u64> {
        let given_up: Vec<String> =
            new.iter().map(|n| json(&n.notice.given_up)).collect::<std::result::Result<_, _>>()?;
        let details: Vec<String> =
            new.iter().map(|n| json(&n.notice.detail)).collect::<std::result::Result<_, _>>()?;
        let rows: Vec<_> = new.iter().zip(given_up).zip(details).collect();
        Ok(many!(
            self,
            "INSERT INTO notices (id, beneficiary_id, kind, occasion, day, turn, channel, township, status, link_id, planned_on,
             planned_at, next_at, attempts, given_up, detail, version) ",
            rows,
            |row| [
                row.0.0.notice.id.to_string(),
                row.0.0.notice.beneficiary_id.to_string(),
                word(&row.0.0.notice.kind),
                row.0.0.notice.occasion.clone(),
                i64::from(row.0.0.notice.day),
                i64::from(row.0.0.notice.turn),
                word(&row.0.0.notice.channel),
                row.0.0.township.clone(),
                word(&row.0.0.notice.status),
                row.0.0.notice.link_id.map(|id| id.to_string()),
                day(row.0.0.notice.planned_on),
                ms(row.0.0.notice.planned_at),
                ms(row.0.0.notice.next_at),
                i64::from(row.0.0.notice.attempts),
                row.0.1.clone(),
                row.1.clone(),
                row.0.0.notice.version,
            ],
            " ON CONFLICT (beneficiary_id, kind, occasion, day, turn) DO NOTHING"
        ))
    }

    /// Takes messages whose time has come, and those whose holder is gone, until `until`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_notices(
        &mut self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Notice>> {
        let rows = all!(
            self,
            Row,
            "WITH waiting AS MATERIALIZED (
               SELECT id, version FROM notices WHERE status IN ('planned', 'claimed') AND channel IN ('sms', 'email') AND next_at <= $1
               AND (status = 'planned' OR claimed_until <= $1) ORDER BY next_at, id LIMIT $3)
             UPDATE notices SET status = 'claimed', claimed_until = $2, version = version + 1
             WHERE (id, version) IN (SELECT id, version FROM waiting) RETURNING *",
            ms(now),
            ms(until),
            limit,
        )?;
        Ok(rows.into_iter().map(Notice::from).collect())
    }

    /// When the next message can be taken: planned for later, or held by another run. None when nothing waits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_notice_at(&mut self) -> Result<Option<DateTime<Utc>>> {
        let row = one!(
            self,
            (Option<i64>,),
            "SELECT MIN(CASE WHEN status = 'claimed' THEN claimed_until ELSE next_at END) FROM notices
             WHERE status IN ('planned', 'claimed') AND channel IN ('sms', 'email')",
        )?;
        Ok(row.and_then(|r| r.0).and_then(DateTime::from_timestamp_millis))
    }

    /// Writes down what became of a notice, unless somebody else has it now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_notice(&mut self, notice: &Notice, end: &NoticeEnd<'_>) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE notices SET status = $3, next_at = $4, attempts = $5, failure = $6, ended_at = $7, claimed_until = NULL,
             version = version + 1 WHERE id = $1 AND version = $2",
            notice.id.to_string(),
            notice.version,
            word(&end.status),
            ms(end.next_at),
            i64::from(end.attempts),
            end.failure,
            ms(end.at),
        )?;
        Ok(touched == 1)
    }

    /// A notice.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notice(&mut self, id: NoticeId) -> Result<Option<Notice>> {
        let row = one!(self, Row, "SELECT * FROM notices WHERE id = $1", id.to_string())?;
        Ok(row.map(Notice::from))
    }

    /// Notices of a beneficiary, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notices_of(&mut self, of: BeneficiaryId) -> Result<Vec<Notice>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM notices WHERE beneficiary_id = $1 ORDER BY planned_at DESC, id DESC LIMIT 200",
            of.to_string(),
        )?;
        Ok(rows.into_iter().map(Notice::from).collect())
    }

    /// How many notices stand where, by channel.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notice_counts(&mut self) -> Result<Vec<(NoticeChannel, NoticeStatus, u64)>> {
        let rows = all!(
            self,
            (Word<NoticeChannel>, Word<NoticeStatus>, Count<u64>),
            "SELECT channel, status, COUNT(*) FROM notices GROUP BY channel, status ORDER BY channel, status",
        )?;
        Ok(rows.into_iter().map(|(c, s, n)| (c.0, s.0, n.0)).collect())
    }

    /// The day on which the period of a beneficiary began, when it was counted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn period_from(&mut self, of: BeneficiaryId) -> Result<Option<NaiveDate>> {
        let row = one!(
            self,
            (Option<Text<NaiveDate>>,),
            "SELECT period_from FROM beneficiaries WHERE id = $1",
            of.to_string()
        )?;
        Ok(row.and_then(|r| r.0).map(|d| d.0))
    }
}
