//! Enrolment of reference photographs, and their embeddings when the models change.

use super::{
    Service, ServiceError,
    examiner::{ExaminerError, embedder_of},
    pictures::{keep, reread},
    views::EnrolmentRefused,
};
use crate::{
    domain::{
        challenge::Hint,
        evidence::ReferenceTemplate,
        finding::{FaceFindings, FrameFindings, QualityIssue},
        ids::{BeneficiaryId, ReferenceId},
        renewal::ReferenceStanding,
        score::Embedding,
    },
    storage::{NewReference, ReferenceRow},
    vault::{DataKey, Kind},
};
use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};

/// A photograph that can be a reference.
pub(super) struct Enrolled {
    jpeg: Vec<u8>,
    eyes: [[f32; 2]; 2],
    quality: u8,
    embedder_sha256: String,
    embedding: Embedding,
    /// SHA-256 of the file as it came, hex.
    pub(super) file_sha256: String,
}

impl Enrolled {
    /// Seals it for a beneficiary.
    pub(super) fn seal(
        &self,
        key: &DataKey,
        beneficiary_id: BeneficiaryId,
        source: &'static str,
        taken_on: Option<NaiveDate>,
        at: DateTime<Utc>,
    ) -> Result<NewReference, ServiceError> {
        let id = ReferenceId::new();
        Ok(NewReference {
            id,
            beneficiary_id,
            source,
            taken_on,
            enrolled_at: at,
            eyes: Some(self.eyes),
            quality: self.quality,
            sealed_photo: key.seal(Kind::ReferencePhoto, &id.to_string(), &self.jpeg)?,
            embedder_sha256: self.embedder_sha256.clone(),
            sealed_embedding: seal_embedding(key, id, &self.embedding)?,
            file_sha256: self.file_sha256.clone(),
            standing: ReferenceStanding::InUse,
            kept_from: None,
        })
    }
}

impl Service {
    /// Examines a photograph for enrolment.
    ///
    /// # Errors
    /// [`ServiceError::Enrolment`] with a code and hints when it cannot be a reference.
    pub(super) async fn enrol(&self, file: Vec<u8>) -> Result<Enrolled, ServiceError> {
        let Some(pack) = self.examiner.pack() else { return Err(refused("no_models", vec![])) };
        let embedder_sha256 = embedder_of(&pack).ok_or_else(|| refused("no_models", vec![]))?;
        let file_sha256 = hex::encode(Sha256::digest(&file));
        let kept = keep(file).await.map_err(|error| match error {
            ServiceError::Unacceptable { .. } => refused("unreadable", vec![]),
            other => other,
        })?;
        let findings = self.examiner.examine(&kept.picture).await.map_err(|error| match error {
            ExaminerError::NoModels => refused("no_models", vec![]),
            ExaminerError::Failed(_) => ServiceError::internal(error),
        })?;
        let (face, embedding) = acceptable(&findings)?;
        Ok(Enrolled {
            jpeg: kept.jpeg,
            eyes: eyes(face),
            quality: face.quality.score.get(),
            embedder_sha256: embedder_sha256.to_owned(),
            embedding: embedding.clone(),
            file_sha256,
        })
    }

    /// The templates of a beneficiary's references for the embedder in use, and those that had to be computed anew. A photograph
    /// in which the new models find no face is left out.
    pub(super) async fn templates(
        &self,
        key: &DataKey,
        references: Vec<(ReferenceRow, Option<Vec<u8>>)>,
    ) -> Result<(Vec<ReferenceTemplate>, Vec<Renewed>), ServiceError> {
        let pack = self.examiner.pack();
        let Some(embedder) = pack.as_ref().and_then(embedder_of) else {
            return Ok((Vec::new(), Vec::new()));
        };
        let (mut templates, mut renewed) = (Vec::new(), Vec::new());
        for (row, sealed_photo) in references {
            let known = if row.embedder_sha256 == embedder {
                Some(open_embedding(key, &row)?)
            } else {
                self.embed_anew(key, row.id, sealed_photo).await?
            };
            let Some(embedding) = known else { continue };
            if row.embedder_sha256 != embedder {
                renewed.push(Renewed {
                    id: row.id,
                    embedder_sha256: embedder.to_owned(),
                    sealed: seal_embedding(key, row.id, &embedding)?,
                });
            }
            templates.push(ReferenceTemplate { id: row.id, taken_on: row.taken_on, embedding });
        }
        Ok((templates, renewed))
    }

    /// Embeds a stored photograph with the models in use. None when they find no face or cannot run: the call then goes on
    /// without this reference and ends at an officer.
    async fn embed_anew(
        &self,
        key: &DataKey,
        id: ReferenceId,
        sealed_photo: Option<Vec<u8>>,
    ) -> Result<Option<Embedding>, ServiceError> {
        let Some(sealed) = sealed_photo else { return Ok(None) };
        let jpeg = key.open(Kind::ReferencePhoto, &id.to_string(), &sealed)?;
        let picture = reread(jpeg.to_vec()).await?;
        match self.examiner.examine(&picture).await {
            Ok(findings) => Ok(findings.face.and_then(|face| face.embedding)),
            Err(error) => {
                tracing::warn!(reference.id = %id, %error, "a reference could not be embedded anew");
                Ok(None)
            }
        }
    }
}

/// An embedding of another embedder than the stored one.
pub(super) struct Renewed {
    pub id: ReferenceId,
    pub embedder_sha256: String,
    pub sealed: Vec<u8>,
}

fn acceptable(findings: &FrameFindings) -> Result<(&FaceFindings, &Embedding), ServiceError> {
    let face = match (&findings.face, findings.faces) {
        (None, _) | (_, 0) => return Err(refused("no_face", vec![Hint::NoFace])),
        (Some(face), 1) => face,
        _ => return Err(refused("several_faces", vec![Hint::OnePerson])),
    };
    // A reference may fill the picture or stand at its edge, as on identity cards; these are not held against it.
    let code = face.quality.issues.iter().find_map(|issue| match issue {
        QualityIssue::TooDark => Some("too_dark"),
        QualityIssue::TooBright => Some("too_bright"),
        QualityIssue::Blurred => Some("blurred"),
        QualityIssue::TooFar => Some("too_small"),
        QualityIssue::Turned => Some("turned"),
        QualityIssue::Covered => Some("covered"),
        QualityIssue::TooClose | QualityIssue::OffCentre => None,
    });
    if let Some(code) = code {
        return Err(refused(code, face.quality.issues.iter().map(|i| Hint::from(*i)).collect()));
    }
    match &face.embedding {
        Some(embedding) => Ok((face, embedding)),
        None => Err(refused("no_models", vec![])),
    }
}

fn refused(code: &str, hints: Vec<Hint>) -> ServiceError {
    ServiceError::Enrolment(EnrolmentRefused { code: code.to_owned(), hints })
}

/// Eyes of a face in px of its picture, image-left first.
pub(super) fn eyes(face: &FaceFindings) -> [[f32; 2]; 2] {
    let [left, right, ..] = face.detection.keypoints;
    [[left.x, left.y], [right.x, right.y]]
}

pub(super) fn seal_embedding(
    key: &DataKey,
    id: ReferenceId,
    embedding: &Embedding,
) -> Result<Vec<u8>, ServiceError> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(embedding)?);
    Ok(key.seal(Kind::ReferenceEmbedding, &id.to_string(), &plain)?)
}

pub(super) fn open_embedding(key: &DataKey, row: &ReferenceRow) -> Result<Embedding, ServiceError> {
    let plain = key.open(Kind::ReferenceEmbedding, &row.id.to_string(), &row.sealed_embedding)?;
    Ok(serde_json::from_slice(&plain)?)
}
