//! Planning: who is told on a day, page by page, each page in one transaction.

use super::{RunProgress, RunReport, RunStep, call::reach};
use crate::{
    clock::china_date,
    domain::{
        appointment::Appointment,
        audit::{Action, Actor},
        beneficiary::Beneficiary,
        case::AskAgainBecause,
        confirmation::Confirmation,
        ids::{BeneficiaryId, LinkId, NoticeId},
        notice::{
            Notice, NoticeChannel, NoticeKind, NoticeStatus, Window, channel_for, township_of,
            windows,
        },
    },
    ledger::short_code,
    service::{
        Service, ServiceError,
        links::{LinkSecrets, code_hash},
        record::event,
        rules::Rules,
    },
    storage::{LinkRow, NewNotice, NoticeCandidate, NoticeLink, NoticeQuery, Tx},
};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

/// People in one transaction, told or not: a few tenths of a second, in which other writers wait.
const PAGE: i64 = 500;

/// How long before an appointment its reminder goes out, hours.
const REMINDER_HOURS: i64 = 24;

/// One version of a scheme in one window.
#[derive(Clone, Copy)]
struct Round<'a> {
    scheme: &'a str,
    version: u32,
    window: &'a Window,
    on: NaiveDate,
    dry_run: bool,
}

impl Service {
    /// Plans the due notices of a day.
    pub(super) async fn plan_due_notices(
        &self,
        on: NaiveDate,
        dry_run: bool,
        report: &mut RunReport,
        progress: RunProgress<'_>,
    ) -> Result<(), ServiceError> {
        for (scheme, version, notice_days) in self.notice_schedules().await? {
            for window in windows(on, &notice_days, self.settings.notices.call_days) {
                let round = Round { scheme: &scheme, version, window: &window, on, dry_run };
                self.plan_round(round, report, progress).await?;
            }
        }
        Ok(())
    }

    /// Name, version and notice days of every scheme by which somebody's period is counted.
    async fn notice_schedules(&self) -> Result<Vec<(String, u32, Vec<u32>)>, ServiceError> {
        let mut tx = self.db.read().await?;
        let book = tx.schemes().await?;
        let mut schedules = Vec::new();
        for (name, version) in tx.schemes_in_use().await? {
            let of = book.version(&name, version).ok_or_else(|| no_version(&name))?;
            schedules.push((name, version, of.terms.notice_days.clone()));
        }
        Ok(schedules)
    }

    /// Months of the cycle that counts somebody's period.
    pub(super) async fn cycle_months(
        &self,
        tx: &mut Tx,
        whom: &Beneficiary,
    ) -> Result<u32, ServiceError> {
        let row = tx.count_row(whom.id).await?.ok_or(ServiceError::NotFound("beneficiary"))?;
        let rules = Rules::read(tx).await?;
        let dates = rules.runs(&row)?;
        Ok(rules.terms(&row.scheme, &dates)?.cycle_months)
    }

    async fn plan_round(
        &self,
        round: Round<'_>,
        report: &mut RunReport,
        progress: RunProgress<'_>,
    ) -> Result<(), ServiceError> {
        let mut after = None;
        loop {
            let mut tx =
                if round.dry_run { self.db.read().await? } else { self.db.write().await? };
            if !round.dry_run {
                // One planner at a time: the second one sees what the first one wrote.
                tx.next("notices").await?;
            }
            let query = NoticeQuery {
                scheme: round.scheme,
                scheme_version: round.version,
                window: round.window,
                after,
                limit: PAGE,
            };
            let mut people = tx.notice_candidates(&query).await?;
            let Some(last) = people.last() else { return Ok(()) };
            after = Some((last.due_on, last.beneficiary_id));
            people.retain(|person| is_turn(person, round));
            if people.is_empty() {
                continue; // nothing is written
            }
            self.plan_page(&mut tx, round, &people, report).await?;
            if !round.dry_run {
                tx.commit().await?;
            }
            progress(RunStep::Planned, people.len() as u64);
        }
    }

    async fn plan_page(
        &self,
        tx: &mut Tx,
        round: Round<'_>,
        people: &[NoticeCandidate],
        report: &mut RunReport,
    ) -> Result<(), ServiceError> {
        let (at, window) = (self.now(), round.window);
        let counts = report.planned.entry(window.day).or_default();
        let (mut links, mut notices) = (Vec::new(), Vec::new());
        for person in people {
            let ways = reach(
                person.phone.as_deref(),
                person.residence.as_deref(),
                person.email.as_deref(),
            );
            let channel = if window.day == 0 {
                NoticeChannel::Call
            } else {
                channel_for(window.nth, &self.settings.notices.order, ways, person.before, &[])
            };
            *counts.entry(channel).or_default() += 1;
            if round.dry_run {
                continue;
            }
            let occasion = person.period_from.to_string();
            let until = at
                + Days::new(self.settings.notices.link_days_after.into())
                + (person.due_on - china_date(at)).max(chrono::TimeDelta::zero());
            let mut notice =
                planned(person.beneficiary_id, NoticeKind::Due, occasion, channel, at, json!({}));
            notice.day = window.day;
            notice.planned_on = round.on;
            if channel == NoticeChannel::Call {
                self.call_task(tx, &mut notice, at).await?;
            } else if let Some(id) = person.link_id {
                tx.extend_link(id, until).await?;
                notice.link_id = Some(id);
            } else {
                let link = self.period_link(
                    person.beneficiary_id,
                    &person.seal_salt,
                    &notice.occasion,
                    at,
                    until,
                );
                notice.link_id = Some(link.link.id);
                links.push(link);
            }
            let township = township_of(person.residence.as_deref().unwrap_or_default());
            notices.push(NewNotice { notice, township });
        }
        if !notices.is_empty() {
            tx.add_notice_links(&links).await?;
            tx.plan_notices(&notices).await?;
            let detail = json!({ "scheme": round.scheme, "day": window.day, "notices": notices.len(), "links": links.len() });
            let about = ("notices", round.on);
            tx.add_audit(&event(at, Actor::Service, Action::NoticesPlanned, about, detail)).await?;
        }
        Ok(())
    }

    /// A link for one period.
    fn period_link(
        &self,
        of: BeneficiaryId,
        salt: &[u8],
        occasion: &str,
        made_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> NoticeLink {
        let link = LinkRow { id: LinkId::new(), beneficiary_id: of, made_at, expires_at };
        let secrets = LinkSecrets::derive(&self.vault, salt, link.id);
        NoticeLink {
            link,
            token_sha256: secrets.token_sha256(),
            occasion: occasion.to_owned(),
            code_hash: code_hash(&self.vault, &short_code(secrets.number)),
        }
    }

    /// Writes down the receipt of a confirmation, in its transaction: by message or e-mail, where there is one.
    pub(in crate::service) async fn plan_receipt(
        &self,
        tx: &mut Tx,
        confirmation: &Confirmation,
        at: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let detail =
            json!({ "receipt_number": confirmation.receipt_number, "due_on": confirmation.due_on });
        let whom = crate::service::beneficiary(tx, confirmation.beneficiary_id).await?;
        let occasion = confirmation.id.to_string();
        let when = (at, at);
        self.plan_message(tx, &whom, NoticeKind::Receipt, occasion, None, detail, when).await?;
        Ok(())
    }

    /// Writes down that a case asks the person again, in its transaction.
    pub(in crate::service) async fn plan_case_result(
        &self,
        tx: &mut Tx,
        of: BeneficiaryId,
        (case, link): (crate::domain::ids::CaseId, LinkId),
        because: AskAgainBecause,
        at: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let whom = crate::service::beneficiary(tx, of).await?;
        let detail = json!({ "because": because });
        self.plan_message(
            tx,
            &whom,
            NoticeKind::CaseResult,
            case.to_string(),
            Some(link),
            detail,
            (at, at),
        )
        .await?;
        Ok(())
    }

    /// Writes down that an officer waits to see somebody by video, in its transaction; by which way it goes.
    pub(in crate::service) async fn plan_live_call(
        &self,
        tx: &mut Tx,
        whom: &Beneficiary,
        (call, link): (crate::domain::ids::LiveCallId, LinkId),
        word: &str,
        at: DateTime<Utc>,
    ) -> Result<NoticeChannel, ServiceError> {
        // Each new link is a message of its own.
        let occasion = format!("{call}/{link}");
        let (detail, when) = (json!({ "word": word }), (at, at));
        self.plan_message(tx, whom, NoticeKind::LiveCall, occasion, Some(link), detail, when).await
    }

    /// Writes down the reminder of an appointment, in its transaction: it goes out a day before, or at once when that is nearer. Of one that
    /// was given back nobody is reminded.
    pub(in crate::service) async fn plan_reminder(
        &self,
        tx: &mut Tx,
        of: &Appointment,
        place: &str,
        at: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let whom = crate::service::beneficiary(tx, of.beneficiary_id).await?;
        let detail = json!({ "at": of.starts_at, "place": place });
        let when = (at, at.max(of.starts_at - TimeDelta::hours(REMINDER_HOURS)));
        let occasion = of.id.to_string();
        self.plan_message(tx, &whom, NoticeKind::Appointment, occasion, None, detail, when).await?;
        Ok(())
    }

    /// By message or e-mail; the way it goes. `Call`: by neither, and nothing is written.
    #[allow(clippy::too_many_arguments)] // the fields of one notice
    async fn plan_message(
        &self,
        tx: &mut Tx,
        whom: &Beneficiary,
        kind: NoticeKind,
        occasion: String,
        link_id: Option<LinkId>,
        detail: Value,
        (at, next_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<NoticeChannel, ServiceError> {
        let email = tx.email_of(whom.id).await?;
        let mut ways = reach(whom.phone.as_deref(), whom.residence.as_deref(), email.as_deref());
        // Whoever waits for an answer is not told by a letter of days; the console shows the text to the officer.
        ways.letter = false;
        let order = [NoticeChannel::Sms, NoticeChannel::Email];
        let channel = channel_for(0, &order, ways, None, &[]);
        if channel == NoticeChannel::Call {
            return Ok(channel);
        }
        let mut notice = planned(whom.id, kind, occasion, channel, at, detail);
        (notice.link_id, notice.next_at) = (link_id, next_at);
        tx.plan_notices(&[NewNotice { notice, township: String::new() }]).await?;
        Ok(channel)
    }
}

/// Whether somebody in the window of a round is told now.
fn is_turn(person: &NoticeCandidate, round: Round<'_>) -> bool {
    !person.told && !person.with_officer && round.window.is_turn(person.first_told_on, round.on)
}

fn no_version(scheme: &str) -> ServiceError {
    ServiceError::broken(format!("there is no version of the scheme `{scheme}`"))
}

fn planned(
    beneficiary_id: BeneficiaryId,
    kind: NoticeKind,
    occasion: String,
    channel: NoticeChannel,
    at: DateTime<Utc>,
    detail: Value,
) -> Notice {
    Notice {
        id: NoticeId::new(),
        beneficiary_id,
        kind,
        occasion,
        day: 0,
        turn: 0,
        channel,
        status: NoticeStatus::Planned,
        link_id: None,
        planned_on: china_date(at),
        planned_at: at,
        next_at: at,
        attempts: 0,
        given_up: Vec::new(),
        batch_id: None,
        detail,
        version: 1,
    }
}
