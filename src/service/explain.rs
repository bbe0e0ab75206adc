//! A person's state explained by their events: what happened, in order, and what each event did to the due date and the benefit status.
//! The account is counted from the events alone and then held against what is stored.

use super::{Service, ServiceError};
use crate::{
    clock::china_date,
    domain::{
        beneficiary::BenefitStatus,
        confirmation::Channel,
        contact::{ContactChannel, ContactOutcome},
        due::{Beginning, Counting, Dates, OutageDays, Outages, Phase},
        ids::{BeneficiaryId, ConfirmationId, InvestigationId, ProposalId, SignalId},
        investigation::InvestigationFinding,
        proposal::{ProposalKind, ProposalState},
        scheme::SchemeBook,
        signal::{SignalKind, SignalState},
        stop::StatusWhy,
    },
    storage::{CountRow, Tx},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happened {
    /// The person entered the roster.
    Entered {
        /// Last confirmation that the roster told of.
        last_confirmed_on: Option<NaiveDate>,
    },
    /// A confirmation.
    Confirmed {
        /// By which way.
        channel: Channel,
        /// The day on which the person was seen alive.
        alive_on: NaiveDate,
        /// Which.
        confirmation_id: ConfirmationId,
    },
    /// An outage of ours.
    Outage {
        /// First day.
        from_on: NaiveDate,
        /// Last day.
        until_on: NaiveDate,
    },
    /// Somebody tried to reach the person.
    Contacted {
        /// By which way.
        channel: ContactChannel,
        /// What became of it.
        outcome: ContactOutcome,
    },
    /// A signal came in.
    Signal {
        /// Which.
        signal_id: SignalId,
        /// What it told.
        kind: SignalKind,
    },
    /// A signal was settled.
    SignalSettled {
        /// Which.
        signal_id: SignalId,
        /// How.
        state: SignalState,
    },
    /// An investigation was opened.
    InvestigationOpened {
        /// Which.
        investigation_id: InvestigationId,
    },
    /// An investigation was closed.
    InvestigationClosed {
        /// Which.
        investigation_id: InvestigationId,
        /// What it found.
        finding: InvestigationFinding,
    },
    /// A proposal was made.
    Proposed {
        /// Which.
        proposal_id: ProposalId,
        /// What was proposed.
        kind: ProposalKind,
    },
    /// A proposal was decided about, withdrawn, or acknowledged.
    ProposalMoved {
        /// Which.
        proposal_id: ProposalId,
        /// What was proposed.
        kind: ProposalKind,
        /// Where it stands.
        state: ProposalState,
    },
    /// The benefit status changed.
    Status {
        /// Why.
        why: StatusWhy,
        /// What it rests on.
        proposal_id: ProposalId,
    },
}

/// One event and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    #[serde(flatten)]
    pub happened: Happened,
    /// Due date after it.
    pub due_on: NaiveDate,
    /// Days by which it moved the due date.
    pub moved_days: i64,
    /// Benefit status after it.
    pub status: BenefitStatus,
}

/// A person's state and how it came about.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
    /// Events, oldest first.
    pub events: Vec<Told>,
    /// Dates that follow from them.
    pub dates: Dates,
    /// Where the period stands today.
    pub phase: Phase,
    /// Benefit status that follows from them.
    pub status: BenefitStatus,
    /// What is stored is the same.
    pub agrees: bool,
}

/// An event before it is told: when, its place among events of one instant, and what.
struct Raw {
    at: DateTime<Utc>,
    place: u8,
    happened: Happened,
    to: Option<BenefitStatus>,
    outage: Option<OutageDays>,
}

impl Raw {
    fn new(at: DateTime<Utc>, place: u8, happened: Happened) -> Self {
        Self { at, place, happened, to: None, outage: None }
    }
}

impl Service {
    /// Explains a person's state.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn explain(&self, of: BeneficiaryId) -> Result<Explanation, ServiceError> {
        let mut tx = self.db.read().await?;
        let (book, outages) = (tx.schemes().await?, tx.outages().await?);
        let outages: Vec<OutageDays> = outages.into_iter().map(|(days, _)| days).collect();
        explain(&mut tx, of, &book, &outages, china_date(self.now())).await
    }

    /// Explains these people's states, from one consistent state of the records.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn explain_all(
        &self,
        of: &[BeneficiaryId],
    ) -> Result<Vec<Explanation>, ServiceError> {
        let mut tx = self.db.read().await?;
        let (book, outages) = (tx.schemes().await?, tx.outages().await?);
        let outages: Vec<OutageDays> = outages.into_iter().map(|(days, _)| days).collect();
        let today = china_date(self.now());
        let mut explained = Vec::with_capacity(of.len());
        for id in of {
            explained.push(explain(&mut tx, *id, &book, &outages, today).await?);
        }
        Ok(explained)
    }
}

async fn explain(
    tx: &mut Tx,
    of: BeneficiaryId,
    book: &SchemeBook,
    outages: &[OutageDays],
    today: NaiveDate,
) -> Result<Explanation, ServiceError> {
    let row = tx.count_row(of).await?.ok_or(ServiceError::NotFound("beneficiary"))?;
    let mut raw = events(tx, of).await?;
    for outage in outages.iter().filter(|o| o.added_at > row.added_at) {
        let happened = Happened::Outage { from_on: outage.from_on, until_on: outage.until_on };
        raw.push(Raw { outage: Some(*outage), ..Raw::new(outage.added_at, 0, happened) });
    }
    raw.sort_by_key(|event| (event.at, event.place));
    let mut known: Vec<OutageDays> =
        outages.iter().copied().filter(|o| o.added_at <= row.added_at).collect();
    let mut beginning = tx.beginning(of).await?.ok_or(ServiceError::NotFound("beneficiary"))?;
    beginning.added_on = china_date(row.added_at);
    let mut now =
        Now { dates: first(&row, book, &known, beginning)?, status: BenefitStatus::Active };
    let entered = Happened::Entered { last_confirmed_on: beginning.last_confirmed_on };
    let mut told = vec![now.told(row.added_at, entered, now.dates.due_on)];
    for event in raw {
        let before = now.dates.due_on;
        if let Some(outage) = event.outage {
            known.push(outage);
        }
        let spans = Outages::new(known.iter().copied());
        let counting = counting(&row, book, &spans);
        let counted = match (&event.happened, event.to) {
            (Happened::Confirmed { alive_on, .. }, _) => counting.next(&now.dates, *alive_on),
            (Happened::Outage { .. }, _) => {
                counting.again(now.dates.period_from, now.dates.cycle_due_on)
            }
            _ => Ok(now.dates),
        };
        now.dates = counted.map_err(|error| ServiceError::broken(error.to_string()))?;
        now.status = event.to.unwrap_or(now.status);
        told.push(now.told(event.at, event.happened, before));
    }
    let stored = (row.status, row.due_on, row.period);
    let period = Some((now.dates.period_from, now.dates.cycle_due_on));
    Ok(Explanation {
        beneficiary_id: of,
        events: told,
        phase: now.dates.phase(today),
        agrees: stored == (now.status, now.dates.due_on, period),
        dates: now.dates,
        status: now.status,
    })
}

/// The state between two events.
struct Now {
    dates: Dates,
    status: BenefitStatus,
}

impl Now {
    fn told(&self, at: DateTime<Utc>, happened: Happened, before: NaiveDate) -> Told {
        let due_on = self.dates.due_on;
        Told { at, happened, due_on, moved_days: (due_on - before).num_days(), status: self.status }
    }
}

fn counting<'a>(row: &'a CountRow, book: &'a SchemeBook, outages: &'a Outages) -> Counting<'a> {
    Counting { scheme: &row.scheme, birth_on: row.birth_on, book, outages }
}

fn first(
    row: &CountRow,
    book: &SchemeBook,
    known: &[OutageDays],
    beginning: Beginning,
) -> Result<Dates, ServiceError> {
    let spans = Outages::new(known.iter().copied());
    counting(row, book, &spans)
        .first(beginning)
        .map_err(|error| ServiceError::broken(error.to_string()))
}

/// All events of a person but the outages, in no order. Of one instant, what leads to something stands before it.
async fn events(tx: &mut Tx, of: BeneficiaryId) -> Result<Vec<Raw>, ServiceError> {
    let mut raw = Vec::new();
    let confirmations = tx.confirmations(of).await?;
    // Earlier history lies before the account: what follows from it is where the account begins.
    for c in confirmations.into_iter().filter(|c| c.channel != Channel::Import) {
        let (channel, alive_on, confirmation_id) = (c.channel, c.period_from, c.id);
        let happened = Happened::Confirmed { channel, alive_on, confirmation_id };
        raw.push(Raw::new(c.confirmed_at, 3, happened));
    }
    for a in tx.contact_attempts(of, crate::domain::scheme::FIRST_DAY).await? {
        let happened = Happened::Contacted { channel: a.channel, outcome: a.outcome };
        raw.push(Raw::new(a.attempted_at, 1, happened));
    }
    for s in tx.signals(of).await? {
        raw.push(Raw::new(s.received_at, 1, Happened::Signal { signal_id: s.id, kind: s.kind }));
        if let Some(at) = s.settled_at {
            let happened = Happened::SignalSettled { signal_id: s.id, state: s.state };
            raw.push(Raw::new(at, 4, happened));
        }
    }
    for i in tx.investigations(of).await? {
        let opened = Happened::InvestigationOpened { investigation_id: i.id };
        raw.push(Raw::new(i.opened_at, 1, opened));
        if let Some(end) = i.end {
            let closed =
                Happened::InvestigationClosed { investigation_id: i.id, finding: end.finding };
            raw.push(Raw::new(end.closed_at, 2, closed));
        }
    }
    for p in tx.proposals_of(of).await? {
        raw.push(Raw::new(
            p.proposed_at,
            5,
            Happened::Proposed { proposal_id: p.id, kind: p.kind },
        ));
        let moved = |state| Happened::ProposalMoved { proposal_id: p.id, kind: p.kind, state };
        if let Some(at) = p.decided_at {
            let state = match p.state {
                ProposalState::Acknowledged => ProposalState::Approved,
                other => other,
            };
            raw.push(Raw::new(at, 6, moved(state)));
        }
        if let Some(at) = p.acknowledged_at {
            raw.push(Raw::new(at, 7, moved(ProposalState::Acknowledged)));
        }
    }
    for e in tx.status_events(of).await? {
        let happened = Happened::Status { why: e.why, proposal_id: e.proposal_id };
        raw.push(Raw { to: Some(e.to), ..Raw::new(e.at, 8, happened) });
    }
    Ok(raw)
}
