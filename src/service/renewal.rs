//! References are renewed from calls that an officer confirmed, with the person's consent ([`crate::domain::renewal`] has the rules).

use super::{
    Service, ServiceError,
    calls::open_record,
    enrol::{open_embedding, seal_embedding},
    examiner::embedder_of,
    record::event,
};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        case::Case,
        evidence::Probe,
        ids::{BeneficiaryId, OfficerId, ReferenceId},
        renewal::{Held, ReferenceStanding, Seen},
        score::Embedding,
    },
    storage::{CallKind, CallRow, NewReference, ReferenceRow, StillRow, Tx},
    vault::{DataKey, Kind},
};
use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};

/// A call's best picture, with the probe that was taken of it.
struct Best {
    still: StillRow,
    eyes: [[f32; 2]; 2],
    quality: u8,
    probe: Probe,
}

impl Service {
    /// What an officer's confirmation of a call does to the person's references. The beneficiary must be held.
    pub(super) async fn renew_references(
        &self,
        tx: &mut Tx,
        case: &Case,
        call: Option<&CallRow>,
        (officer, at): (OfficerId, DateTime<Utc>),
    ) -> Result<(), ServiceError> {
        let Some(call) = call.filter(|c| c.kind == CallKind::Call) else { return Ok(()) };
        let consent = tx.last_consent(call.link_id).await?.is_some_and(|c| c.keep_picture);
        let Some(sealed) = call.sealed_record.as_ref().filter(|_| consent) else { return Ok(()) };
        let key = self.data_key(tx, call.beneficiary_id).await?;
        let record = open_record(&key, call.id, sealed)?;
        let liveness = &record.evidence.liveness;
        let Some((pack, probe)) = record.pack.as_ref().zip(liveness.fused_probe()) else {
            return Ok(());
        };
        let Some(embedder) = embedder_of(pack) else { return Ok(()) };
        let rows = tx.references_held(call.beneficiary_id).await?;
        let held: Vec<Held<ReferenceId>> = rows
            .iter()
            .map(|row| Ok(held(row, score(&key, row, embedder, &probe)?)))
            .collect::<Result<_, ServiceError>>()?;
        let best = best(tx.stills(call.id).await?, &liveness.probes);
        let seen = Seen {
            at,
            taken_on: china_date(call.opened_at),
            officer,
            consent,
            reasons: &case.reasons,
            accept_from: pack.accept_from.0,
            far_below: pack.far_below.0,
            quality: best.as_ref().map_or(0, |b| b.quality),
        };
        let renewal = self.settings.references.after(&seen, &held);
        if renewal.is_nothing() {
            return Ok(());
        }
        let kept = match best.filter(|_| renewal.keep) {
            Some(best) => {
                let new = keep(tx, &key, call, best, (embedder, officer, at)).await?;
                tx.add_reference(&new).await?;
                Some(new.id)
            }
            None => None,
        };
        if let Some(proven) = renewal.prove {
            tx.set_reference_standing(proven, ReferenceStanding::InUse).await?;
        }
        for retired in &renewal.retire {
            tx.retire_reference(*retired).await?;
        }
        let by = Actor::Officer { id: officer };
        let about = ("beneficiary", call.beneficiary_id);
        let detail = json!({
            "case_id": case.id,
            "kept": kept,
            "in_use": renewal.prove,
            "retired": renewal.retire,
        });
        Ok(tx.add_audit(&event(at, by, Action::ReferencesRenewed, about, detail)).await?)
    }

    /// A newer reference is due and the person agreed to one: then it is worth an officer's look at a call that confirmed by itself.
    pub(super) async fn renewal_due(
        &self,
        tx: &mut Tx,
        call: &CallRow,
    ) -> Result<bool, ServiceError> {
        if !tx.last_consent(call.link_id).await?.is_some_and(|c| c.keep_picture) {
            return Ok(false);
        }
        let rows = tx.references_held(call.beneficiary_id).await?;
        let held: Vec<_> = rows.iter().map(|row| held(row, None)).collect();
        let waits = held.iter().any(|h| h.standing == ReferenceStanding::OnProbation);
        Ok(waits || self.settings.references.is_due(&held, china_date(call.opened_at)))
    }
}

fn held(row: &ReferenceRow, score: Option<f32>) -> Held<ReferenceId> {
    Held {
        key: row.id,
        taken_on: row.taken_on.unwrap_or_else(|| china_date(row.enrolled_at)),
        standing: row.standing,
        enrolled_at: row.enrolled_at,
        kept_by: row.kept_by,
        score,
    }
}

fn score(
    key: &DataKey,
    row: &ReferenceRow,
    embedder: &str,
    probe: &Embedding,
) -> Result<Option<f32>, ServiceError> {
    if row.embedder_sha256 != embedder {
        return Ok(None);
    }
    Ok(open_embedding(key, row)?.compare(probe).map(|s| s.0).filter(|s| s.is_finite()))
}

/// The best still that was compared, with eyes to align it by.
fn best(stills: Vec<StillRow>, probes: &[Probe]) -> Option<Best> {
    stills
        .into_iter()
        .filter(|s| s.probe)
        .filter_map(|still| {
            let probe = probes.iter().find(|p| p.at_ms == still.at_ms)?.clone();
            Some(Best { eyes: still.eyes?, quality: still.quality?, probe, still })
        })
        .max_by_key(|b| b.quality)
}

/// The picture becomes a reference on probation, sealed anew: it outlives the call's evidence.
async fn keep(
    tx: &mut Tx,
    key: &DataKey,
    call: &CallRow,
    best: Best,
    (embedder, officer, at): (&str, OfficerId, DateTime<Utc>),
) -> Result<NewReference, ServiceError> {
    let found = tx.still_jpeg(best.still.id).await?.ok_or(ServiceError::NotFound("still"))?;
    let (_, beneficiary_id, sealed): (_, BeneficiaryId, _) = found;
    let jpeg = key.open(Kind::Still, &best.still.id.to_string(), &sealed)?;
    let id = ReferenceId::new();
    Ok(NewReference {
        id,
        beneficiary_id,
        source: "call",
        taken_on: Some(china_date(call.opened_at)),
        enrolled_at: at,
        eyes: Some(best.eyes),
        quality: best.quality,
        sealed_photo: key.seal(Kind::ReferencePhoto, &id.to_string(), &jpeg)?,
        embedder_sha256: embedder.to_owned(),
        sealed_embedding: seal_embedding(key, id, &best.probe.embedding)?,
        file_sha256: hex::encode(Sha256::digest(&jpeg)),
        standing: ReferenceStanding::OnProbation,
        kept_from: Some((call.id, officer)),
    })
}
