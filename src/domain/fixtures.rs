//! Made-up findings, evidence and the shipped policy, for unit tests of the pure rooms. `tests/it` takes this file in as well,
//! so it names its types from the root.

use crate::domain::{
    calibration::{Calibration, GroupProof, Level, Proof},
    evidence::{
        CaptureEnd, Continuity, Evidence, LightMeasure, LightOutcome, LivenessEvidence, Probe,
        ReferenceTemplate, Transport, TurnOutcome,
    },
    finding::{
        Detection, FaceBox, FaceFindings, FaceQuality, FrameFindings, HeadPose, MeanColour,
        PackStamp, Point, Thumbnail,
    },
    ids::{BeneficiaryId, CallId, ReferenceId},
    policy::Policy,
    score::{BonaFideScore, ComparisonScore, Embedding, QualityScore},
};

/// The policy of `config/default.toml`.
pub(crate) fn policy() -> Policy {
    let table: toml::Table = toml::from_str(include_str!("../config/default.toml")).unwrap();
    table["policy"].clone().try_into().unwrap()
}

/// A good frame, 640x480.
pub(crate) fn frame(seq: u64, at_ms: u64, yaw_deg: Option<f32>) -> FrameFindings {
    let bounds = FaceBox { x: 220.0, y: 120.0, width: 200.0, height: 240.0 };
    let point = Point { x: 320.0, y: 240.0 };
    FrameFindings {
        seq,
        at_ms,
        width_px: 640,
        height_px: 480,
        faces: 1,
        face: Some(FaceFindings {
            detection: Detection { bounds, keypoints: [point; 5], score: 0.95 },
            pose: yaw_deg.map(|yaw_deg| HeadPose { yaw_deg, pitch_deg: 0.0, roll_deg: 0.0 }),
            quality: FaceQuality {
                score: QualityScore::new(80.0),
                issues: Vec::new(),
                brightness: 120.0,
                sharpness: 300.0,
                eye_distance_px: 90.0,
            },
            skin: MeanColour { r: 180.0, g: 130.0, b: 110.0 },
            bona_fide: None,
            surface: None,
            embedding: None,
        }),
        brightness: 110.0,
        background: Some(MeanColour { r: 120.0, g: 120.0, b: 115.0 }),
        thumbnail: Thumbnail(vec![0; 256]),
    }
}

/// A frame with nobody in it.
pub(crate) fn without_face(seq: u64, at_ms: u64) -> FrameFindings {
    FrameFindings { faces: 0, face: None, background: None, ..frame(seq, at_ms, None) }
}

/// A vector at the given cosine to the first axis.
pub(crate) fn embedding(cosine: f32) -> Embedding {
    Embedding::from_raw(vec![cosine, (1.0 - cosine * cosine).max(0.0).sqrt(), 0.0]).unwrap()
}

/// A clear answer to the screen light.
pub(crate) fn measure() -> LightMeasure {
    LightMeasure {
        correlation: 0.9,
        lag_ms: 150,
        chance: 0.002,
        face_response: 2.0,
        background_response: Some(0.3),
        frames: 60,
    }
}

/// A complete pack with attack detection.
pub(crate) fn pack() -> PackStamp {
    PackStamp {
        name: "strong".into(),
        trial: false,
        has_pad: true,
        accept_from: ComparisonScore(0.5),
        far_below: ComparisonScore(0.25),
        bona_fide_from: BonaFideScore(0.6),
        models: Vec::new(),
        calibration: Some(calibration()),
    }
}

/// A probe, taken a second after the one before.
pub(crate) fn probe(seq: u64, embedding: Embedding) -> Probe {
    Probe { seq, at_ms: seq * 1000, quality: QualityScore::new(80.0), pose: None, embedding }
}

/// The year in which the face was enrolled does not matter here.
pub(crate) fn reference(embedding: Embedding) -> ReferenceTemplate {
    ReferenceTemplate { id: ReferenceId::new(), taken_on: None, embedding }
}

/// What liveness gathers when everything goes well.
pub(crate) fn liveness() -> LivenessEvidence {
    LivenessEvidence {
        end: CaptureEnd::Complete,
        frames: 70,
        usable_frames: 66,
        duration_ms: 7000,
        probes: (0..5).map(|seq| probe(seq, embedding(0.8))).collect(),
        bona_fide: vec![BonaFideScore(0.95); 14],
        light: LightOutcome::Seen(measure()),
        turn: TurnOutcome::NotAsked,
        continuity: Continuity {
            least_self_comparison: Some(0.9),
            losses: 0,
            jumps: 0,
            second_face_share: 0.0,
            repeated_ms: 0,
            frozen_ms: 0,
        },
        issues: Vec::new(),
        marks: Vec::new(),
        signs: None,
    }
}

/// Evidence of a call in which everything went well.
pub(crate) fn evidence() -> Evidence {
    Evidence {
        call_id: CallId::new(),
        beneficiary_id: BeneficiaryId::new(),
        opened_at: chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        transport: Transport::Webrtc,
        assisted: false,
        references: vec![reference(embedding(1.0))],
        liveness: liveness(),
        pack: Some(pack()),
        attempt: 1,
        standing: Vec::new(),
    }
}

/// A calibration that suffices for automatic confirmation.
pub(crate) fn calibration() -> Calibration {
    let proof = Proof {
        impostors: 60_000,
        counted: 40_000.0,
        people: Some(400),
        errors: 0,
        fmr_high: 0.75e-4,
    };
    let few = Proof { impostors: 900, counted: 700.0, people: Some(30), errors: 0, fmr_high: 4e-3 };
    let group =
        |name: &str, proof| GroupProof { name: name.into(), proof, ratio: None, worse: false };
    let level = |score, errors, fmr_low, fmr_high, llr: f64| Level {
        score,
        errors,
        fmr_low,
        fmr_high,
        llr,
        llr_low: llr - 1.0,
        llr_high: llr + 1.0,
    };
    Calibration {
        format: 1,
        version: "test-1".into(),
        pack: "strong".into(),
        embedder_sha256: "00".repeat(32),
        made_on: chrono::NaiveDate::from_ymd_opt(2026, 11, 25).unwrap(),
        sources: vec!["made up".into()],
        limits: Vec::new(),
        accept_from: 0.5,
        set_by: "all".into(),
        extrapolated: false,
        far_below: 0.25,
        overall: proof,
        groups: vec![group("age 60 to 69", proof), group("age 80 and older", few)],
        levels: vec![
            level(0.0, 30_000, 0.49, 0.51, -3.0),
            level(0.5, 6, 0.4e-4, 2.2e-4, 7.0),
            level(0.7, 0, 0.0, 0.75e-4, 10.0),
        ],
        photo_age: Vec::new(),
    }
}
