//! Carrying messages: claimed in one transaction, carried outside of any, concluded in another one.

use super::{RunProgress, RunReport, RunStep};
use crate::{
    clock::china_date,
    domain::{
        contact::{ContactAttempt, ContactChannel, ContactOutcome},
        ids::ContactAttemptId,
        notice::{Notice, NoticeChannel, NoticeStatus, back_off_seconds},
    },
    notice::{
        carry::{Carried, Carriers, Parcel},
        compose::compose,
    },
    service::{Service, ServiceError},
    storage::{NoticeEnd, Tx},
    vault::random,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// Failures one after the other that say: the carrier is down, not the address wrong.
const FAILURES_MAX: u32 = 25;
/// Rounds of carriers in one claim: a claim is carried well within its lease.
const ROUNDS: usize = 4;
/// How often a waiting run looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What is to become of one claimed notice.
enum Fate {
    Carry(Box<Parcel>),
    Withdraw,
    /// It could not be composed, or its address is gone.
    Give(&'static str),
}

impl Service {
    pub(super) async fn carry_messages(
        &self,
        wait_seconds: u32,
        report: &mut RunReport,
        progress: RunProgress<'_>,
    ) -> Result<(), ServiceError> {
        let settings = &self.settings.notices;
        let outbox = self.settings.in_data_dir(&settings.outbox_dir);
        let carriers = Arc::new(Carriers::open(settings, &outbox)?);
        let limit = i64::try_from(settings.at_once * ROUNDS).unwrap_or(i64::MAX);
        let give_up_waiting = self.now() + TimeDelta::seconds(wait_seconds.into());
        let mut failures = 0;
        loop {
            let now = self.now();
            let mut tx = self.db.write().await?;
            let lease = TimeDelta::seconds(settings.lease_seconds.into());
            let claimed = tx.claim_notices(now, now + lease, limit).await?;
            tx.commit().await?;
            if claimed.is_empty() {
                let next = self.db.read().await?.next_notice_at().await?;
                match next {
                    Some(next) if next <= give_up_waiting && now < give_up_waiting => {
                        tokio::time::sleep(LOOK_AGAIN).await;
                        continue;
                    }
                    _ => return Ok(()),
                }
            }
            let mut fates = Vec::with_capacity(claimed.len());
            let mut tx = self.db.read().await?;
            for notice in claimed {
                let fate = self.fate(&mut tx, &notice, now).await?;
                fates.push((notice, fate));
            }
            drop(tx);
            let carried = carry_all(&carriers, fates, settings.at_once).await?;
            let count = carried.len() as u64;
            self.conclude_all(carried, report, &mut failures).await?;
            progress(RunStep::Carried, count);
            if report.stopped_by.is_some() {
                return Ok(());
            }
        }
    }

    async fn fate(
        &self,
        tx: &mut Tx,
        notice: &Notice,
        at: DateTime<Utc>,
    ) -> Result<Fate, ServiceError> {
        let whom = crate::service::beneficiary(tx, notice.beneficiary_id).await?;
        if !self.still_wanted(tx, notice, &whom).await? {
            return Ok(Fate::Withdraw);
        }
        let to = match notice.channel {
            NoticeChannel::Sms => whom.phone.clone(),
            NoticeChannel::Email => tx.email_of(whom.id).await?,
            NoticeChannel::Letter | NoticeChannel::Call => None,
        };
        let Some(to) = to else { return Ok(Fate::Give("address_gone")) };
        let language = self.notice_language();
        let (facts, _) = self.facts(tx, notice, &whom, language, at).await?;
        let Ok(composed) = compose(notice.kind, notice.channel, language, &facts) else {
            return Ok(Fate::Give("fact_missing"));
        };
        Ok(Fate::Carry(Box::new(Parcel {
            id: notice.id.to_string(),
            channel: notice.channel,
            to,
            subject: composed.subject,
            text: composed.text,
            planned_at: notice.planned_at,
            at,
        })))
    }

    async fn conclude_all(
        &self,
        carried: Vec<(Notice, Option<Carried>)>,
        report: &mut RunReport,
        failures: &mut u32,
    ) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        let mut attempts = Vec::new();
        for (notice, said) in carried {
            match &said {
                Some(Carried::TryLater(code)) => {
                    *failures += 1;
                    if *failures >= FAILURES_MAX {
                        report.stopped_by = Some(code.clone());
                    }
                }
                _ => *failures = 0,
            }
            attempts.extend(self.conclude_notice(&mut tx, &notice, said, report).await?);
        }
        tx.keep_contact_attempts(&attempts).await?;
        Ok(tx.commit().await?)
    }

    /// Writes down what the carrier said; `None`: the notice is not wanted any more.
    async fn conclude_notice(
        &self,
        tx: &mut Tx,
        notice: &Notice,
        said: Option<Carried>,
        report: &mut RunReport,
    ) -> Result<Option<ContactAttempt>, ServiceError> {
        let (at, settings) = (self.now(), &self.settings.notices);
        let mut end = NoticeEnd {
            status: NoticeStatus::Sent,
            next_at: notice.next_at,
            attempts: notice.attempts + 1,
            failure: None,
            at,
        };
        let outcome = match &said {
            None => {
                end.status = NoticeStatus::Withdrawn;
                None
            }
            Some(Carried::Accepted) => Some(ContactOutcome::Sent),
            Some(Carried::Undeliverable(code)) => {
                end.status = NoticeStatus::Failed;
                end.failure = Some(code);
                Some(ContactOutcome::Undeliverable)
            }
            Some(Carried::Refused(code)) => {
                end.status = NoticeStatus::Failed;
                end.failure = Some(code);
                Some(ContactOutcome::OurFault)
            }
            Some(Carried::TryLater(code)) => {
                end.failure = Some(code);
                if end.attempts < settings.attempts_max {
                    let chance = u32::from_le_bytes(random::<4>()?);
                    let (base, most) = (settings.retry_seconds, settings.retry_seconds_max);
                    let wait = back_off_seconds(end.attempts, base, most, chance);
                    end.status = NoticeStatus::Planned;
                    end.next_at = at + TimeDelta::seconds(wait.into());
                    None
                } else {
                    end.status = NoticeStatus::Failed;
                    Some(ContactOutcome::OurFault)
                }
            }
        };
        if !tx.end_notice(notice, &end).await? {
            // The lease ran out and another run has it: what that run hears counts.
            return Ok(None);
        }
        match end.status {
            NoticeStatus::Sent => report.sent += 1,
            NoticeStatus::Withdrawn => report.withdrawn += 1,
            NoticeStatus::Planned => report.postponed += 1,
            _ => {
                report.given_up += 1;
                self.next_turn(tx, notice, at).await?;
            }
        }
        Ok(outcome.and_then(|outcome| attempt(notice, outcome, at)))
    }
}

/// The contact attempt that a notice was.
pub(super) fn attempt(
    notice: &Notice,
    outcome: ContactOutcome,
    at: DateTime<Utc>,
) -> Option<ContactAttempt> {
    let channel = match notice.channel {
        NoticeChannel::Sms => ContactChannel::Sms,
        NoticeChannel::Email => ContactChannel::Email,
        NoticeChannel::Letter => ContactChannel::Letter,
        NoticeChannel::Call => return None,
    };
    Some(ContactAttempt {
        id: ContactAttemptId::new(),
        beneficiary_id: notice.beneficiary_id,
        channel,
        outcome,
        attempted_at: at,
        attempted_on: china_date(at),
        notice_id: Some(notice.id),
        officer_id: None,
    })
}

/// Carries parcels, `at_once` at a time, on threads that may wait.
async fn carry_all(
    carriers: &Arc<Carriers>,
    fates: Vec<(Notice, Fate)>,
    at_once: usize,
) -> Result<Vec<(Notice, Option<Carried>)>, ServiceError> {
    let mut carried = Vec::with_capacity(fates.len());
    let mut under_way: JoinSet<(Notice, Option<Carried>)> = JoinSet::new();
    for (notice, fate) in fates {
        match fate {
            Fate::Withdraw => carried.push((notice, None)),
            Fate::Give(code) => carried.push((notice, Some(Carried::Refused(code.into())))),
            Fate::Carry(parcel) => {
                if under_way.len() >= at_once
                    && let Some(done) = under_way.join_next().await
                {
                    carried.push(done.map_err(ServiceError::internal)?);
                }
                let carriers = carriers.clone();
                under_way.spawn_blocking(move || {
                    let said = carriers.carry(&parcel);
                    (notice, Some(said))
                });
            }
        }
    }
    while let Some(done) = under_way.join_next().await {
        carried.push(done.map_err(ServiceError::internal)?);
    }
    Ok(carried)
}
