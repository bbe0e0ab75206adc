//! A case as an officer sees it. Every look at a case or a face is an audit event, written before anything is shown.

use super::{
    Service, ServiceError, beneficiary,
    calls::open_record,
    cases::may,
    queue::{case_row, live_word},
    record::event,
    views::{
        BeneficiaryView, CallView, CaseRow, CaseView, ConfirmationView, HistoryView, ReferenceView,
        StillView,
    },
};
use crate::{
    domain::{
        audit::{Action, Actor, AuditEvent},
        beneficiary::Beneficiary,
        call::CallRecord,
        challenge::{LivenessEvent, TimedEvent},
        confirmation::Confirmation,
        evidence::{LivenessEvidence, Probe},
        finding::PackStamp,
        ids::{CallId, CaseId, OfficerId, ReferenceId, StillId},
        score::ComparisonScore,
    },
    storage::{ReferenceRow, StillRow, Tx},
    vault::Kind,
};
use serde_json::json;

/// Seconds of the line that are shown.
const LINE_SECONDS_MAX: usize = 600;

impl Service {
    /// A case with everything an officer needs to decide.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when there is no such case.
    pub async fn case(&self, officer: OfficerId, case: CaseId) -> Result<CaseView, ServiceError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        let mut whose = beneficiary(&mut tx, record.case.beneficiary_id).await?;
        let seed = tx.seed(case).await?;
        let call = match (record.case.call_id, &seed) {
            (Some(id), _) => Some(self.call_view(&mut tx, id).await?),
            (None, Some(seed)) => {
                let shown = self.seed_record(&mut tx, seed, &record).await?;
                let stills = tx.stills(seed.call_id).await?;
                Some(call_view(shown, &stills, self.settings.media.frames_per_second))
            }
            (None, None) => None,
        };
        let stands = tx.standing_clocks().await?.contains(&case);
        let reference_of = seed.as_ref().map_or(whose.id, |seed| seed.reference_of);
        let references = tx.references(reference_of).await?;
        let confirmations = if let Some(seed) = &seed {
            whose = seed.persona.shown(case, &whose);
            seed.persona.earlier()
        } else {
            let confirmed = tx.confirmations(whose.id).await?;
            confirmed.into_iter().map(confirmation_view).collect()
        };
        let roles = tx.officer(officer).await?.ok_or(ServiceError::SignedOut)?.roles;
        let names = tx.officer_names().await?;
        let live = live_word(&tx.live_cases().await?, case);
        let view = CaseView {
            row: CaseRow { live, ..case_row(&record, &whose, &names, (stands, officer, now)) },
            version: record.case.version,
            may: may(&record.case, officer, &roles).into_iter().map(str::to_owned).collect(),
            beneficiary: beneficiary_view(&whose),
            references: references.into_iter().map(reference_view).collect(),
            call,
            wish: record.wish,
            wish_phone: record.wish_phone,
            confirmations,
            history: history(&mut tx, case).await?,
            proposal: record.proposal,
            live_calls: self.live_lines_of(&mut tx, case).await?,
        };
        let by = Actor::Officer { id: officer };
        let viewed = event(now, by, Action::CaseViewed, ("case", case), json!({}));
        tx.add_audit(&viewed).await?;
        tx.commit().await?;
        Ok(view)
    }

    async fn call_view(&self, tx: &mut Tx, id: CallId) -> Result<CallView, ServiceError> {
        let row = tx.call(id).await?.ok_or(ServiceError::NotFound("call"))?;
        let key = self.data_key(tx, row.beneficiary_id).await?;
        let sealed = row.sealed_record.ok_or(ServiceError::NotFound("record of the call"))?;
        let record = open_record(&key, id, &sealed)?;
        let stills = tx.stills(id).await?;
        Ok(call_view(record, &stills, self.settings.media.frames_per_second))
    }

    /// A still of a case's call, JPEG.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when there is no such still, or no case that it belongs to.
    pub async fn still(&self, officer: OfficerId, still: StillId) -> Result<Vec<u8>, ServiceError> {
        let mut tx = self.db.write().await?;
        let found = tx.still_jpeg(still).await?.ok_or(ServiceError::NotFound("still"))?;
        let (call, whose, sealed) = found;
        // A check shows the pictures of an older call: whoever is at it looks for its sake.
        let case = match tx.seed_of_call(call, officer).await? {
            Some(seeded) => seeded,
            None => tx.case_of_call(call).await?.ok_or(ServiceError::NotFound("still"))?,
        };
        let key = self.data_key(&mut tx, whose).await?;
        let jpeg = key.open(Kind::Still, &still.to_string(), &sealed)?;
        self.face_viewed(&mut tx, officer, ("still", still.to_string()), case).await?;
        tx.commit().await?;
        Ok(jpeg.to_vec())
    }

    /// A reference photograph, JPEG, looked at for a case of the same beneficiary.
    ///
    /// # Errors
    /// `case_missing` when no case is named, [`ServiceError::NotFound`] when there is no such photograph or the case is not
    /// about it.
    pub async fn reference_image(
        &self,
        officer: OfficerId,
        reference: ReferenceId,
        case: Option<CaseId>,
    ) -> Result<Vec<u8>, ServiceError> {
        let case = case.ok_or_else(|| {
            ServiceError::unacceptable("case_missing", "case: a face is looked at for a case only")
        })?;
        let mut tx = self.db.write().await?;
        let found = tx.reference_photo(reference).await?;
        let (whose, sealed) = found.ok_or(ServiceError::NotFound("reference"))?;
        let about = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        let shown = tx.seed(case).await?.is_some_and(|seed| seed.reference_of == whose);
        if about.case.beneficiary_id != whose && !shown {
            return Err(ServiceError::NotFound("reference"));
        }
        let key = self.data_key(&mut tx, whose).await?;
        let jpeg = key.open(Kind::ReferencePhoto, &reference.to_string(), &sealed)?;
        self.face_viewed(&mut tx, officer, ("reference", reference.to_string()), case).await?;
        tx.commit().await?;
        Ok(jpeg.to_vec())
    }

    pub(super) async fn face_viewed(
        &self,
        tx: &mut Tx,
        officer: OfficerId,
        picture: (&str, String),
        case: CaseId,
    ) -> Result<(), ServiceError> {
        let by = Actor::Officer { id: officer };
        let detail = json!({ "case_id": case });
        let viewed = event(self.now(), by, Action::FaceViewed, picture, detail);
        Ok(tx.add_audit(&viewed).await?)
    }
}

/// What was done with a case, oldest first. Mere looks are in the audit table only.
async fn history(tx: &mut Tx, case: CaseId) -> Result<Vec<HistoryView>, ServiceError> {
    let names = tx.officer_names().await?;
    let notes = tx.notes(case).await?;
    let events = tx.audit_of("case", &case.to_string()).await?;
    let line = |e: AuditEvent| HistoryView {
        at: e.at,
        action: e.action,
        officer: match e.actor {
            Actor::Officer { id } => names.get(&id).cloned(),
            _ => None,
        },
        note: notes.iter().find(|n| n.audit_id == e.id).map(|n| n.note.clone()),
    };
    Ok(events.into_iter().filter(|e| e.action != Action::CaseViewed).map(line).collect())
}

fn call_view(record: CallRecord, stills: &[StillRow], line_full: u32) -> CallView {
    let pack = record.pack;
    let line = line_quality(&record.events);
    let probes = &record.evidence.liveness.probes;
    let stills = stills.iter().map(|still| still_view(still, probes)).collect();
    let LivenessEvidence { duration_ms, light, turn, marks, .. } = record.evidence.liveness;
    CallView {
        id: record.brief.call_id,
        opened_at: record.brief.opened_at,
        duration_ms,
        transport: record.transport,
        assisted: record.brief.assisted,
        helper: record.brief.helper,
        attempt: record.brief.attempt,
        comparison: comparison(record.decision.comparison, pack.as_ref()).to_owned(),
        comparison_score: record.decision.comparison.map(|score| score.0),
        meaning: record.decision.meaning,
        attack: record.decision.attack,
        accept_from: pack.as_ref().map(|p| p.accept_from.0),
        verdict: record.decision.verdict,
        light,
        turn,
        trial: pack.as_ref().is_some_and(|p| p.trial),
        pack: pack.map(|p| p.name),
        policy_version: record.decision.policy_version,
        stills,
        marks,
        line,
        line_full,
    }
}

fn comparison(score: Option<ComparisonScore>, pack: Option<&PackStamp>) -> &'static str {
    match (score, pack) {
        (Some(score), Some(pack)) if score >= pack.accept_from => "match",
        (Some(score), Some(pack)) if score < pack.far_below => "far",
        (Some(_), Some(_)) => "unsure",
        _ => "not_compared",
    }
}

pub(super) fn beneficiary_view(b: &Beneficiary) -> BeneficiaryView {
    let number = b.id_number.expose();
    BeneficiaryView {
        id: b.id,
        id_number_tail: number.chars().skip(number.chars().count().saturating_sub(4)).collect(),
        name: b.name.clone(),
        birth_on: b.birth_on,
        sex: b.sex,
        phone: b.phone.clone(),
        residence: b.residence.clone(),
        due_on: b.due_on,
        last_confirmed_on: b.last_confirmed_on,
    }
}

pub(super) fn reference_view(r: ReferenceRow) -> ReferenceView {
    ReferenceView {
        id: r.id,
        source: r.source,
        taken_on: r.taken_on,
        enrolled_at: r.enrolled_at,
        eyes: r.eyes,
    }
}

/// Pictures that came in each second of the call: their numbers count those that came, analysed or not.
fn line_quality(events: &[TimedEvent]) -> Vec<u32> {
    let frames = events.iter().filter_map(|e| match &e.event {
        LivenessEvent::Frame(frame) => Some((frame.at_ms / 1000, frame.seq)),
        _ => None,
    });
    let mut line: Vec<u32> = Vec::new();
    let mut before: Option<u64> = None;
    for (second, seq) in frames {
        let place = usize::try_from(second).unwrap_or(0);
        if place >= LINE_SECONDS_MAX {
            break;
        }
        if line.len() <= place {
            line.resize(place + 1, 0);
        }
        let came = before.map_or(1, |before| seq.saturating_sub(before).max(1));
        line[place] += u32::try_from(came).unwrap_or(u32::MAX);
        before = Some(seq);
    }
    line
}

fn still_view(s: &StillRow, probes: &[Probe]) -> StillView {
    StillView {
        id: s.id,
        at_ms: s.at_ms,
        probe: s.probe,
        eyes: s.eyes,
        width_px: s.width_px,
        height_px: s.height_px,
        quality: s.quality,
        pose: probes.iter().find(|p| s.probe && p.at_ms == s.at_ms).and_then(|p| p.pose),
    }
}

fn confirmation_view(c: Confirmation) -> ConfirmationView {
    ConfirmationView {
        channel: c.channel,
        confirmed_at: c.confirmed_at,
        due_on: c.due_on,
        receipt_number: c.receipt_number,
    }
}
