//! Blind checks: cases whose truth is known, put into the queue among the others. The pictures are of a stored call that was consented to,
//! the person is made up. What an officer decides is kept beside the seed: no confirmation, no ledger, no notice.

use super::{
    Service, ServiceError,
    calls::open_record,
    enrol::open_embedding,
    examiner::embedder_of,
    queue::noted,
    record::event,
    sitting::Sitting,
    views::{CheckView, ConfirmationView, DispositionView},
};
use crate::{
    call,
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        beneficiary::{Beneficiary, IdNumber, Sex},
        call::CallRecord,
        case::{CaseKind, CaseStatus, Disposition},
        confirmation::Channel,
        evidence::ReferenceTemplate,
        ids::{BeneficiaryId, CaseId, OfficerId},
        quality::Truth,
        role::Act,
        verdict::{Reason, Verdict},
    },
    ledger::{leaf_hash, receipt_number},
    storage::{CaseRecord, Persona, SeedRow, SeedSource, Tx},
    vault::{DataKey, Kind, random},
};
use chrono::{DateTime, Datelike, Days, Months, TimeDelta, Utc};
use serde_json::json;
use std::collections::HashMap;

/// Calls among which one is drawn.
const SOURCES: i64 = 20;
/// Years by which a stranger may be older or younger.
const YEARS_APART: u32 = 6;
const SURNAMES: [&str; 20] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
    "何", "林", "高", "罗",
];
const GIVEN_WOMEN: [&str; 16] = [
    "秀英", "桂兰", "玉珍", "凤英", "素珍", "桂英", "秀兰", "玉兰", "淑珍", "金凤", "春香", "月娥",
    "翠英", "菊香", "冬梅", "满秀",
];
const GIVEN_MEN: [&str; 16] = [
    "建国", "德生", "国华", "福生", "志明", "春生", "文清", "金生", "世荣", "长林", "友才", "运生",
    "贵生", "正坤", "光明", "庆云",
];

/// Random numbers for one seed.
struct Dice([u8; 32], usize);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        let pair = [self.0[self.1 % 32], self.0[(self.1 + 1) % 32]];
        self.1 += 2;
        usize::from(u16::from_le_bytes(pair)) % n.max(1)
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

impl Service {
    /// Puts a case of known truth into the queue; without a wish any truth for which there is material.
    ///
    /// # Errors
    /// `no_material` when no stored call will do; `not_allowed`.
    pub async fn seed_case(
        &self,
        officer: OfficerId,
        wish: Option<Truth>,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let mut dice = Dice(random()?, 0);
        let mut tx = self.db.write().await?;
        self.may(&mut tx, officer, Act::SeedCase, None).await?;
        let wishes = if let Some(truth) = wish {
            vec![truth]
        } else {
            let first = dice.below(Truth::ALL.len());
            (0..Truth::ALL.len()).map(|n| Truth::ALL[(first + n) % Truth::ALL.len()]).collect()
        };
        for truth in wishes {
            let mut sources = tx.seed_sources(truth != Truth::Attack, SOURCES).await?;
            while !sources.is_empty() {
                let source = sources.swap_remove(dice.below(sources.len()));
                if self.seed_from(&mut tx, (officer, now), truth, source, &mut dice).await? {
                    tx.commit().await?;
                    self.news.tell();
                    return Ok(());
                }
            }
        }
        let detail = "no stored call with pictures, consent and a known end will do";
        Err(ServiceError::conflict("no_material", detail))
    }

    /// Makes a seed of a call; false when it will not do.
    async fn seed_from(
        &self,
        tx: &mut Tx,
        (officer, now): (OfficerId, DateTime<Utc>),
        truth: Truth,
        source: SeedSource,
        dice: &mut Dice,
    ) -> Result<bool, ServiceError> {
        let call = tx.call(source.call_id).await?.ok_or(ServiceError::NotFound("call"))?;
        let Some(sealed) = call.sealed_record else { return Ok(false) };
        let key = self.data_key(tx, source.beneficiary_id).await?;
        let recorded = open_record(&key, call.id, &sealed)?;
        let whose = super::beneficiary(tx, source.beneficiary_id).await?;
        let Some(reference_of) = reference_of(tx, truth, &whose, &recorded, dice).await? else {
            return Ok(false);
        };
        let opened_at = now - TimeDelta::minutes(2 + i64::try_from(dice.below(40)).unwrap_or(0));
        let references = self.seed_references(tx, reference_of, &recorded).await?;
        let record = decided_anew(recorded, references, opened_at);
        let reasons = match &record.decision.verdict {
            Verdict::Confirmed => vec![Reason::RandomSample],
            Verdict::Flagged { reasons } => reasons.clone(),
            Verdict::Retry { .. } => return Ok(false),
        };
        let persona = persona(&whose, now, dice)?;
        let mut new =
            self.case_about(tx, source.beneficiary_id, CaseKind::FlaggedCall, reasons, now).await?;
        new.urgency.harm = crate::domain::queue::harm(china_date(now), persona.due_on);
        tx.open_case(&new).await?;
        let plain = serde_json::to_vec(&record)?;
        let seed = SeedRow {
            case_id: new.case.id,
            truth,
            call_id: call.id,
            reference_of,
            persona,
            sealed_record: key.seal(Kind::CallRecord, &new.case.id.to_string(), &plain)?,
            seeded_at: now,
            seeded_by: officer,
        };
        tx.add_seed(&seed).await?;
        let by = Actor::Officer { id: officer };
        let detail = json!({ "truth": truth, "call_id": call.id });
        tx.add_audit(&event(now, by, Action::CaseSeeded, ("seed", new.case.id), detail)).await?;
        if record.decision.verdict != Verdict::Confirmed {
            // A flagged call's history begins with this line; a sample's has none.
            let seeded = json!({ "seed": new.case.id });
            let about = ("case", new.case.id);
            tx.add_audit(&event(now, Actor::Service, Action::CallFlagged, about, seeded)).await?;
        }
        Ok(true)
    }

    async fn seed_references(
        &self,
        tx: &mut Tx,
        of: BeneficiaryId,
        recorded: &CallRecord,
    ) -> Result<Vec<ReferenceTemplate>, ServiceError> {
        let key = self.data_key(tx, of).await?;
        let embedder = recorded.pack.as_ref().and_then(embedder_of).map(str::to_owned);
        let mut templates = Vec::new();
        for row in tx.references(of).await? {
            if embedder.as_ref().is_none_or(|sha256| *sha256 == row.embedder_sha256) {
                let embedding = open_embedding(&key, &row)?;
                templates.push(ReferenceTemplate { id: row.id, taken_on: row.taken_on, embedding });
            }
        }
        Ok(templates)
    }

    /// The record that a seeded case shows.
    pub(super) async fn seed_record(
        &self,
        tx: &mut Tx,
        seed: &SeedRow,
        case: &CaseRecord,
    ) -> Result<CallRecord, ServiceError> {
        let key: DataKey = self.data_key(tx, case.case.beneficiary_id).await?;
        open_record_of(&key, seed.case_id, &seed.sealed_record)
    }

    /// Keeps what an officer decided about a seed, and says that it was one.
    pub(super) async fn answer_seed(
        &self,
        tx: &mut Tx,
        sitting: &Sitting,
        seed: &SeedRow,
        (disposition, right): (Disposition, bool),
    ) -> Result<DispositionView, ServiceError> {
        if let Disposition::Refuse { text, .. } = &disposition {
            noted(text)?;
        }
        sitting.move_to(tx, sitting.closed(CaseStatus::Settled)).await?;
        let word = disposition.name();
        let kept = tx.answer_seed(seed.case_id, (sitting.officer, sitting.at), (&word, right));
        if !kept.await? {
            return Err(ServiceError::conflict("closed", "the case is closed already"));
        }
        let detail = json!({ "truth": seed.truth, "answer": word, "right": right });
        tx.add_audit(&sitting.event(Action::SeedAnswered, CaseStatus::Settled, detail)).await?;
        Ok(DispositionView {
            status: CaseStatus::Settled,
            undo: false,
            receipt_number: None,
            due_on: None,
            link: None,
            notice: None,
            check: Some(CheckView { truth: seed.truth, right }),
        })
    }
}

fn open_record_of(key: &DataKey, of: CaseId, sealed: &[u8]) -> Result<CallRecord, ServiceError> {
    let plain = key.open(Kind::CallRecord, &of.to_string(), sealed)?;
    Ok(serde_json::from_slice(&plain)?)
}

/// Whose reference stands beside the pictures: the person's own, or a stranger's of the same sex and about the same age.
async fn reference_of(
    tx: &mut Tx,
    truth: Truth,
    whose: &Beneficiary,
    recorded: &CallRecord,
    dice: &mut Dice,
) -> Result<Option<BeneficiaryId>, ServiceError> {
    if truth != Truth::OtherPerson {
        return Ok(Some(whose.id));
    }
    let apart = Months::new(12 * YEARS_APART);
    let born = (whose.sex, whose.birth_on - apart, whose.birth_on + apart);
    let embedder = recorded.pack.as_ref().and_then(embedder_of);
    let mut alike = tx.people_alike(whose.id, born, embedder).await?;
    let drawn = dice.below(alike.len());
    Ok((!alike.is_empty()).then(|| alike.swap_remove(drawn)))
}

/// The call as if it were of this moment and beside these references, decided as any call is.
fn decided_anew(
    mut record: CallRecord,
    references: Vec<ReferenceTemplate>,
    opened_at: DateTime<Utc>,
) -> CallRecord {
    record.brief.references = references;
    record.brief.opened_at = opened_at;
    record.brief.standing = Vec::new();
    let liveness = record.evidence.liveness.clone();
    record.evidence =
        record.brief.evidence(record.transport, record.pack.clone(), liveness, Vec::new());
    record.decision = call::decide(&record.evidence, &record.brief.policy);
    record
}

/// Somebody who does not exist: a made-up name and number, about the same age, without a telephone that anybody could ring.
fn persona(
    whose: &Beneficiary,
    now: DateTime<Utc>,
    dice: &mut Dice,
) -> Result<Persona, ServiceError> {
    let days = |n: usize| Days::new(n as u64);
    let birth_on = whose.birth_on - days(150) + days(dice.below(300));
    let given = if whose.sex == Sex::Female { &GIVEN_WOMEN } else { &GIVEN_MEN };
    // Never the person's own name.
    let given: Vec<&str> =
        given.iter().copied().filter(|name| !whose.name.ends_with(name)).collect();
    let order = 2 * dice.below(499) + usize::from(whose.sex == Sex::Male);
    // Area 990000 belongs to nobody.
    let digits = format!("990000{}{order:03}", birth_on.format("%Y%m%d"));
    let check = IdNumber::check_character(&digits)
        .ok_or_else(|| ServiceError::broken("a made-up id number has no check character"))?;
    // At the end of a month, as most are.
    let ahead = china_date(now) + days(dice.below(80));
    let next = ahead.with_day(1).unwrap_or(ahead) + Months::new(1);
    let due_on = next - Days::new(1);
    let last = due_on - Months::new(12) - days(dice.below(25));
    Ok(Persona {
        name: format!("{}{}", dice.of(&SURNAMES), dice.of(&given)),
        id_number: format!("{digits}{check}"),
        birth_on,
        residence: whose.residence.clone(),
        due_on,
        last_confirmed_on: Some(last),
    })
}

impl Persona {
    /// The person as a case shows them; `whose` gives what nobody can tell them by.
    pub(super) fn shown(&self, case: CaseId, whose: &Beneficiary) -> Beneficiary {
        Beneficiary {
            id: BeneficiaryId(case.0),
            name: self.name.clone(),
            id_number: IdNumber::parse(&self.id_number).unwrap_or_else(|_| whose.id_number.clone()),
            birth_on: self.birth_on,
            phone: None,
            residence: self.residence.clone(),
            last_confirmed_on: self.last_confirmed_on,
            due_on: self.due_on,
            ..whose.clone()
        }
    }

    /// Their earlier confirmation: made up like them.
    pub(super) fn earlier(&self) -> Vec<ConfirmationView> {
        let confirmed = |on: chrono::NaiveDate| ConfirmationView {
            channel: Channel::VideoAuto,
            confirmed_at: on.and_hms_opt(2, 41, 7).unwrap_or_default().and_utc(),
            due_on: self.due_on,
            receipt_number: receipt_number(
                u64::from(on.num_days_from_ce().unsigned_abs() % 40_000),
                &leaf_hash(self.id_number.as_bytes()),
            ),
        };
        self.last_confirmed_on.into_iter().map(confirmed).collect()
    }
}

/// Cases that say they are about somebody else than the records do.
pub(super) async fn personas(tx: &mut Tx) -> Result<HashMap<CaseId, Persona>, ServiceError> {
    Ok(tx.personas().await?.into_iter().collect())
}
