//! What the analysis says beside the officer: words from the newest findings.

use crate::domain::{
    evidence::ReferenceTemplate,
    finding::{CallMs, FaceFindings, FrameFindings, HeadPose, PackStamp, QualityIssue, Want},
    live_record::{LiveMatch, LivePicture, LivePose, LiveSeen},
    score::{ComparisonScore, Embedding, QualityScore},
};
use std::collections::VecDeque;

/// Pictures whose embeddings are averaged: more would let worse ones in, fewer would flicker.
const EMBEDDINGS_MAX: usize = 8;
/// And none older than this, ms: who sits down instead is not compared as the one before.
const EMBEDDINGS_AGE_MS: CallMs = 8_000;
/// Quality from which a picture is compared.
const QUALITY_MIN: f32 = 45.0;
/// Turned away by more than this is "aside"; up or down by more than that, degrees.
const ASIDE_DEG: f32 = 22.0;
const UP_OR_DOWN_DEG: f32 = 20.0;

/// What is computed for a picture of a live call.
pub(super) fn wants() -> Want {
    let embedding_from = Some(QualityScore::new(QUALITY_MIN));
    Want { pose: true, bona_fide: false, embedding_from }
}

/// The newest findings of one call.
#[derive(Debug)]
pub(super) struct Beside {
    references: Vec<ReferenceTemplate>,
    embeddings: VecDeque<(CallMs, Embedding)>,
    seen: LiveSeen,
}

impl Beside {
    pub fn new(references: Vec<ReferenceTemplate>) -> Self {
        Self { references, embeddings: VecDeque::new(), seen: LiveSeen::default() }
    }

    /// What is said now.
    pub fn seen(&self) -> LiveSeen {
        self.seen
    }

    /// Takes findings in; whether the words changed.
    pub fn look(&mut self, findings: &FrameFindings, pack: Option<&PackStamp>) -> bool {
        let before = self.seen;
        let face = findings.face.as_ref();
        if let Some(embedding) = face.and_then(|face| face.embedding.clone())
            && findings.faces == 1
        {
            self.embeddings.push_back((findings.at_ms, embedding));
        }
        let oldest = findings.at_ms.saturating_sub(EMBEDDINGS_AGE_MS);
        while self.embeddings.len() > EMBEDDINGS_MAX
            || self.embeddings.front().is_some_and(|(at, _)| *at < oldest)
        {
            self.embeddings.pop_front();
        }
        self.seen = LiveSeen {
            comparison: words(self.comparison(), pack),
            pose: pose(face.and_then(|face| face.pose)),
            picture: picture(findings.faces, face),
        };
        before != self.seen
    }

    fn comparison(&self) -> Option<ComparisonScore> {
        let probe = Embedding::mean(self.embeddings.iter().map(|(_, e)| e))?;
        let scores = self.references.iter().filter_map(|r| probe.compare(&r.embedding));
        scores.filter(|s| s.0.is_finite()).reduce(|a, b| if b > a { b } else { a })
    }
}

fn words(score: Option<ComparisonScore>, pack: Option<&PackStamp>) -> LiveMatch {
    match (score, pack) {
        (Some(score), Some(pack)) if score >= pack.accept_from => LiveMatch::Match,
        (Some(score), Some(pack)) if score < pack.far_below => LiveMatch::Far,
        (Some(_), Some(_)) => LiveMatch::Unsure,
        _ => LiveMatch::NotCompared,
    }
}

fn pose(pose: Option<HeadPose>) -> LivePose {
    match pose {
        None => LivePose::Unseen,
        Some(pose) if pose.yaw_deg.abs() > ASIDE_DEG => LivePose::Aside,
        Some(pose) if pose.pitch_deg.abs() > UP_OR_DOWN_DEG => LivePose::UpOrDown,
        Some(_) => LivePose::Ahead,
    }
}

fn picture(faces: u32, face: Option<&FaceFindings>) -> LivePicture {
    let Some(face) = face else { return LivePicture::NoFace };
    if faces > 1 {
        return LivePicture::Several;
    }
    match face.quality.issues.first() {
        None => LivePicture::Good,
        Some(QualityIssue::TooDark | QualityIssue::TooBright) => LivePicture::Light,
        Some(QualityIssue::Blurred) => LivePicture::Blurred,
        Some(QualityIssue::Covered) => LivePicture::Covered,
        Some(
            QualityIssue::TooFar
            | QualityIssue::TooClose
            | QualityIssue::OffCentre
            | QualityIssue::Turned,
        ) => LivePicture::Place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{embedding, evidence, frame, without_face};

    fn findings(at_ms: CallMs, of: Option<f32>) -> FrameFindings {
        let Some(of) = of else { return without_face(0, at_ms) };
        let mut frame = frame(0, at_ms, None);
        if let Some(face) = &mut frame.face {
            face.embedding = Some(embedding(of));
        }
        frame
    }

    #[test]
    fn words_follow_the_last_good_pictures_and_forget_who_left() {
        let evidence = evidence();
        let pack = evidence.pack.clone();
        let mut beside = Beside::new(evidence.references.clone());
        assert!(beside.look(&findings(0, Some(0.8)), pack.as_ref()));
        assert_eq!(beside.seen().comparison, LiveMatch::Match);
        assert!(!beside.look(&findings(500, Some(0.8)), pack.as_ref()), "nothing new to say");
        for n in 0..40 {
            beside.look(&findings(20_000 + n * 500, Some(-0.9)), pack.as_ref());
        }
        assert_eq!(beside.seen().comparison, LiveMatch::Far);
        assert!(beside.embeddings.len() <= EMBEDDINGS_MAX + 1);
    }

    #[test]
    fn without_references_models_or_face_nothing_is_compared() {
        let evidence = evidence();
        let mut nobody = Beside::new(Vec::new());
        nobody.look(&findings(0, Some(0.8)), evidence.pack.as_ref());
        assert_eq!(nobody.seen().comparison, LiveMatch::NotCompared);
        let mut blind = Beside::new(evidence.references.clone());
        blind.look(&findings(0, Some(0.8)), None);
        assert_eq!(blind.seen().comparison, LiveMatch::NotCompared);
    }

    #[test]
    fn pose_and_picture_in_words() {
        let turned =
            |yaw_deg, pitch_deg| pose(Some(HeadPose { yaw_deg, pitch_deg, roll_deg: 0.0 }));
        assert_eq!(turned(0.0, 5.0), LivePose::Ahead);
        assert_eq!(turned(-30.0, 0.0), LivePose::Aside);
        assert_eq!(turned(0.0, 25.0), LivePose::UpOrDown);
        assert_eq!(pose(None), LivePose::Unseen);
        assert_eq!(picture(0, None), LivePicture::NoFace);
    }
}
