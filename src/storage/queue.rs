//! The queue: which case comes next, and claims on it.

use super::{
    Result, Tx,
    cases::{CaseRecord, Row},
    columns::{Count, Text, Word, ms, word},
};
use crate::domain::{
    ids::{CaseId, LinkId, OfficerId},
    queue::Lane,
};
use chrono::{DateTime, Utc};

/// Whether somebody may be offered a case: $1 now, $2 the officer, $3 whether escalated cases are theirs. Nobody is offered
/// their own proposal.
macro_rules! offered {
    () => {
        "lane <> 'closed' AND snoozed_until <= $1 AND (claimed_until <= $1 OR claimed_by = $2)
         AND (for_officer IS NULL OR for_officer = $2)
         AND (status <> 'to_approve' OR officer_id IS NULL OR officer_id <> $2)
         AND (status <> 'escalated' OR $3)"
    };
}

/// Whether somebody waits for an officer now: in the waiting room of live calls, or with the page open after asking to be called.
macro_rules! live {
    () => {
        "lane <> 'closed' AND ((lane = 'call_back' AND online_until > $1) OR EXISTS
         (SELECT 1 FROM live_calls l WHERE l.case_id = cases.id AND l.ended_at IS NULL AND l.officer_id IS NULL))"
    };
}

/// The order of [`crate::domain::queue::Urgency`]; $1 is now.
macro_rules! by_urgency {
    () => {
        "answer_on, harm, CASE WHEN online_until > $1 THEN 0 ELSE 1 END, risk, opened_at, id"
    };
}

/// Ids of those that may be offered, out of `which`, most urgent first; parameter `limit` says how many.
macro_rules! most_urgent {
    ($which:expr, $limit:literal) => {
        concat!(
            "SELECT id FROM cases WHERE ",
            offered!(),
            " AND ",
            $which,
            " ORDER BY ",
            by_urgency!(),
            " LIMIT ",
            $limit
        )
    };
}

/// What may be offered to somebody.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// From these lanes.
    pub lanes: Vec<Lane>,
    /// Only of people who are online now.
    pub live: bool,
    /// Escalated cases too.
    pub escalated: bool,
}

impl Tx {
    /// Cases of a lane, most urgent first, and what is closed newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lane(
        &mut self,
        lane: Lane,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<CaseRecord>> {
        let rows = match lane {
            Lane::Closed => all!(
                self,
                Row,
                "SELECT * FROM cases WHERE lane = 'closed' ORDER BY opened_at DESC, id DESC LIMIT $1",
                limit,
            )?,
            Lane::Live => all!(
                self,
                Row,
                concat!(
                    "SELECT * FROM cases WHERE ",
                    live!(),
                    " ORDER BY ",
                    by_urgency!(),
                    " LIMIT $2"
                ),
                ms(now),
                limit,
            )?,
            other => all!(
                self,
                Row,
                concat!(
                    "SELECT * FROM cases WHERE lane = $2 ORDER BY ",
                    by_urgency!(),
                    " LIMIT $3"
                ),
                ms(now),
                word(&other),
                limit,
            )?,
        };
        Ok(rows.into_iter().map(CaseRecord::from).collect())
    }

    /// How many cases stand in each lane. Those of people who are online now count as live too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lane_counts(&mut self, now: DateTime<Utc>) -> Result<Vec<(Lane, u64)>> {
        let rows =
            all!(self, (Word<Lane>, Count<u64>), "SELECT lane, COUNT(*) FROM cases GROUP BY lane")?;
        let mut counts: Vec<(Lane, u64)> = rows.into_iter().map(|(l, n)| (l.0, n.0)).collect();
        let live = one!(
            self,
            (Count<u64>,),
            concat!("SELECT COUNT(*) FROM cases WHERE ", live!()),
            ms(now),
        )?;
        counts.extend(live.map(|(n,)| (Lane::Live, n.0)));
        Ok(counts)
    }

    /// Ids of the cases that may be offered to an officer, most urgent first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn offered(
        &mut self,
        officer: OfficerId,
        offer: &Offer,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<CaseId>> {
        if offer.lanes.is_empty() {
            return Ok(Vec::new());
        }
        let rows = if offer.live {
            all!(
                self,
                (Text<CaseId>,),
                most_urgent!(live!(), "$4"),
                ms(now),
                officer.to_string(),
                offer.escalated,
                limit,
            )?
        } else {
            // The lanes that are not theirs, as a plain list: both databases then walk along the index of the order and stop early.
            const { assert!(Lane::ALL.len() == 8, "one is theirs, so seven at most are not") };
            let mut others = Lane::ALL.iter().filter(|lane| !offer.lanes.contains(lane)).map(word);
            let mut other = || others.next().unwrap_or_default();
            all!(
                self,
                (Text<CaseId>,),
                most_urgent!("lane NOT IN ($4, $5, $6, $7, $8, $9, $10)", "$11"),
                ms(now),
                officer.to_string(),
                offer.escalated,
                other(),
                other(),
                other(),
                other(),
                other(),
                other(),
                other(),
                limit,
            )?
        };
        Ok(rows.into_iter().map(|(id,)| id.0).collect())
    }

    /// Claims a case until `until`, when it may still be offered to the officer. Compare-and-set: of two only one has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(
        &mut self,
        id: CaseId,
        officer: OfficerId,
        escalated: bool,
        (now, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<bool> {
        let touched = run!(
            self,
            concat!(
                "UPDATE cases SET claimed_by = $2, claimed_until = $5 WHERE id = $4 AND ",
                offered!()
            ),
            ms(now),
            officer.to_string(),
            escalated,
            id.to_string(),
            ms(until),
        )?;
        Ok(touched == 1)
    }

    /// Moves the end of a claim that still holds, or (with `until` not after `now`) gives the case back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_claim(
        &mut self,
        id: CaseId,
        officer: OfficerId,
        (now, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE cases SET claimed_until = $4 WHERE id = $1 AND claimed_by = $2 AND claimed_until > $3",
            id.to_string(),
            officer.to_string(),
            ms(now),
            ms(until),
        )?;
        Ok(touched == 1)
    }

    /// Gives back whatever an officer holds, but `keep`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn return_claims(&mut self, officer: OfficerId, keep: Option<CaseId>) -> Result<u64> {
        run!(
            self,
            "UPDATE cases SET claimed_by = NULL, claimed_until = 0 WHERE claimed_by = $1 AND id <> $2",
            officer.to_string(),
            keep.map(|id| id.to_string()).unwrap_or_default(),
        )
    }

    /// Puts a case off until `until`, or hands it over; its claim ends. False when it has another version.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_off(
        &mut self,
        (id, version): (CaseId, i64),
        until: DateTime<Utc>,
        for_officer: Option<OfficerId>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE cases SET snoozed_until = $3, for_officer = $4, claimed_by = NULL, claimed_until = 0,
             version = version + 1 WHERE id = $1 AND version = $2 AND lane <> 'closed'",
            id.to_string(),
            version,
            ms(until),
            for_officer.map(|officer| officer.to_string()),
        )?;
        Ok(touched == 1)
    }

    /// Notes that somebody has the page of a link open.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seen_online(&mut self, link: LinkId, until: DateTime<Utc>) -> Result<()> {
        run!(
            self,
            "UPDATE cases SET online_until = $2 WHERE link_id = $1 AND lane <> 'closed'",
            link.to_string(),
            ms(until),
        )?;
        Ok(())
    }
}
