//! Laws of liveness: what holds whatever happens.

use super::liveness_simulator::{Chance, Scene, call, policy};
use jianmian::{
    domain::{
        challenge::{CameraSide, LivenessEvent, Prompt, TimedEvent},
        evidence::{CaptureEnd, LightOutcome},
        finding::{
            Detection, FaceBox, FaceFindings, FaceQuality, FrameFindings, HeadPose, MeanColour,
            Point, QualityIssue, Thumbnail,
        },
        score::{BonaFideScore, Embedding, QualityScore},
    },
    liveness::{ALWAYS, Cause, Output, PAPER, Session, StageName, TRANSITIONS, replay},
};
use proptest::prelude::*;
use std::collections::HashSet;

fn face() -> impl Strategy<Value = FaceFindings> {
    let issues = prop_oneof![
        8 => Just(vec![]),
        1 => Just(vec![QualityIssue::TooDark]),
        1 => Just(vec![QualityIssue::Turned, QualityIssue::Blurred]),
    ];
    let strange = prop_oneof![20 => 0.0_f32..255.0, 1 => Just(f32::NAN), 1 => Just(-1.0_f32)];
    let colour = [strange.clone(), strange.clone(), strange];
    let place = (-50.0_f32..600.0, -50.0_f32..400.0, 0.0_f32..300.0);
    let yaw = prop::option::of(prop_oneof![20 => -60.0_f32..60.0, 1 => Just(f32::INFINITY)]);
    let score = prop::option::of(prop_oneof![20 => 0.0_f32..1.0, 1 => Just(f32::NAN)]);
    let vector = prop::option::of(prop::collection::vec(-1.0_f32..1.0, 4..6));
    (issues, colour, place, yaw, score, vector, 0.0_f32..100.0).prop_map(
        |(issues, [r, g, b], (x, y, side), yaw, bona_fide, vector, quality)| FaceFindings {
            detection: Detection {
                bounds: FaceBox { x, y, width: side, height: side },
                keypoints: [Point { x, y }; 5],
                score: 0.9,
            },
            pose: yaw.map(|yaw_deg| HeadPose { yaw_deg, pitch_deg: 0.0, roll_deg: 0.0 }),
            quality: FaceQuality {
                score: QualityScore::new(quality),
                issues,
                brightness: 100.0,
                sharpness: 100.0,
                eye_distance_px: 60.0,
            },
            skin: MeanColour { r, g, b },
            bona_fide: bona_fide.map(BonaFideScore),
            surface: None,
            embedding: vector.and_then(Embedding::from_raw),
        },
    )
}

fn frame() -> impl Strategy<Value = LivenessEvent> {
    let cells =
        prop_oneof![Just(vec![]), Just(vec![0_i8; 256]), prop::collection::vec(any::<i8>(), 256),];
    (prop::option::weighted(0.9, face()), 0_u32..3, cells).prop_map(|(face, faces, cells)| {
        let background = face.as_ref().map(|f| f.skin);
        LivenessEvent::Frame(Box::new(FrameFindings {
            seq: 0,
            at_ms: 0,
            width_px: 640,
            height_px: 480,
            faces,
            face,
            brightness: 100.0,
            background,
            thumbnail: Thumbnail(cells),
        }))
    })
}

fn event() -> impl Strategy<Value = LivenessEvent> {
    prop_oneof![
        60 => frame(),
        30 => Just(LivenessEvent::Tick),
        6 => (0_u32..40).prop_map(|step| LivenessEvent::Shown { step }),
        1 => Just(LivenessEvent::SkipMovement),
        1 => Just(LivenessEvent::LineLost),
        1 => Just(LivenessEvent::LineBack),
        1 => prop_oneof![Just(CameraSide::Front), Just(CameraSide::Rear)]
            .prop_map(|side| LivenessEvent::Camera { side }),
    ]
}

/// Events with the times between them, some of which are absurd.
fn events() -> impl Strategy<Value = Vec<TimedEvent>> {
    // How old a frame's picture is when its findings come: also absurd, as no clock of ours would tell.
    let age = prop_oneof![20 => 0_u64..1500, 1 => Just(u64::MAX), 1 => Just(0)];
    let gap = prop_oneof![
        200 => 0_u64..200,
        5 => 200_u64..3000,
        1 => 3000_u64..60_000,
        1 => Just(u64::MAX / 2),
    ];
    prop::collection::vec((gap, age, event()), 0..250).prop_map(|list| {
        let mut at_ms = 0_u64;
        list.into_iter()
            .map(|(gap, age, mut event)| {
                at_ms = at_ms.saturating_add(gap);
                if let LivenessEvent::Frame(frame) = &mut event {
                    frame.at_ms = at_ms.wrapping_sub(age);
                }
                TimedEvent { at_ms, event }
            })
            .collect()
    })
}

fn run(seed: [u8; 32], events: &[TimedEvent]) -> (Vec<(u64, Output)>, Vec<StageName>) {
    let mut session = Session::new(seed, &policy());
    let (mut outputs, mut stages) = (Vec::new(), vec![session.stage()]);
    for event in events {
        session.handle(event);
        session.wants();
        while let Some(output) = session.poll() {
            outputs.push((event.at_ms, output));
        }
        if stages.last() != Some(&session.stage()) {
            stages.push(session.stage());
        }
    }
    (outputs, stages)
}

fn ended_by(mut events: Vec<TimedEvent>, last: LivenessEvent) -> Vec<TimedEvent> {
    let at_ms = events.last().map_or(0, |e| e.at_ms);
    events.push(TimedEvent { at_ms, event: last });
    events
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..Default::default() })]

    #[test]
    fn end_always_concludes_once_and_last(seed: [u8; 32], events in events(), left: bool) {
        let last = if left { LivenessEvent::Leave } else { LivenessEvent::End };
        let (outputs, stages) = run(seed, &ended_by(events, last));
        let conclusions = outputs.iter().filter(|(_, o)| matches!(o, Output::Concluded(_)));
        prop_assert_eq!(conclusions.count(), 1);
        prop_assert!(matches!(outputs.last(), Some((_, Output::Concluded(_)))));
        prop_assert_eq!(stages.last(), Some(&StageName::Concluded));
    }

    #[test]
    fn the_ground_never_changes_more_than_three_times_a_second(seed: [u8; 32], events in events()) {
        let (outputs, _) = run(seed, &events);
        let (mut ground, mut changes) = (PAPER, Vec::new());
        for (at, output) in &outputs {
            let next = match output {
                Output::Prompt(Prompt::Light { colour, .. }) => *colour,
                Output::Prompt(Prompt::LightOff) => PAPER,
                _ => continue,
            };
            if next != ground {
                changes.push(*at);
            }
            ground = next;
        }
        for four in changes.windows(4) {
            prop_assert!(four[3] - four[0] >= 1000, "{:?}", four);
        }
    }

    #[test]
    fn the_same_seed_and_events_give_the_same_outputs(seed: [u8; 32], events in events()) {
        let events = ended_by(events, LivenessEvent::End);
        let (first, _) = run(seed, &events);
        let (second, _) = run(seed, &events);
        // By text: a bona fide score may be NaN, which is not equal to itself.
        prop_assert_eq!(format!("{first:?}"), format!("{second:?}"));
        let again = replay(seed, &policy(), &events).map(|e| Output::Concluded(Box::new(e)));
        prop_assert_eq!(format!("{again:?}"), format!("{:?}", first.last().map(|o| &o.1)));
    }

    #[test]
    fn progress_never_falls_and_stages_follow_the_table(seed: [u8; 32], events in events()) {
        let (outputs, stages) = run(seed, &ended_by(events, LivenessEvent::End));
        let mut last = 0.0;
        for (_, output) in outputs {
            if let Output::Progress(done) = output {
                prop_assert!(done >= last && done <= 1.0);
                last = done;
            }
        }
        // Two changes may fall into one event; then the table must know a stage between them.
        let known = |a: StageName, b: StageName| {
            let direct = |a, b| b == StageName::Concluded
                || TRANSITIONS.iter().any(|t| t.from == a && t.to == b);
            direct(a, b) || TRANSITIONS.iter().any(|t| t.from == a && direct(t.to, b))
        };
        for pair in stages.windows(2) {
            prop_assert!(known(pair[0], pair[1]), "{:?}", pair);
        }
    }

    #[test]
    fn time_alone_ends_every_call(seed: [u8; 32], events in events()) {
        let from = events.last().map_or(0, |e| e.at_ms);
        prop_assume!(from < 1_000_000);
        let ticks = (0..1300).map(|i| TimedEvent { at_ms: from + i * 100, event: LivenessEvent::Tick });
        // Without one frame nobody is sought and only the capture's own limit ends it.
        let all: Vec<TimedEvent> = events.into_iter().chain(ticks).collect();
        let (outputs, _) = run(seed, &all);
        prop_assert!(matches!(outputs.last(), Some((_, Output::Concluded(_)))));
    }
}

#[test]
fn seeds_give_different_prompts() {
    let mut seen = HashSet::new();
    for i in 0..20 {
        let mut chance = Chance::new(31);
        let scene = Scene::ordinary(&mut chance);
        let prompts = call(&scene, [i; 32], &mut chance).prompts;
        assert!(seen.insert(format!("{prompts:?}")));
    }
}

#[test]
fn a_simulated_call_is_replayed_exactly() {
    let mut chance = Chance::new(8);
    let scene = Scene::ordinary(&mut chance);
    let seed = chance.seed();
    let done = call(&scene, seed, &mut chance);
    assert_eq!(replay(seed, &policy(), &done.events), Some(done.evidence));
}

#[test]
fn a_face_that_leaves_during_the_light_begins_it_anew() {
    let mut chance = Chance::new(21);
    let mut scene = Scene::ordinary(&mut chance);
    scene.share = 0.08;
    scene.away = Some((3000, 5000));
    let done = call(&scene, chance.seed(), &mut chance);
    let begun = done.prompts.iter().filter(|(_, p)| *p == Prompt::FindFace).count();
    assert_eq!(begun, 2);
    assert!(matches!(done.evidence.light, LightOutcome::Seen(_)));
    assert_eq!(done.evidence.continuity.losses, 1);
}

#[test]
fn darkness_and_absence_end_without_a_usable_face() {
    let mut chance = Chance::new(22);
    let mut scene = Scene::ordinary(&mut chance);
    scene.issue = Some(QualityIssue::TooDark);
    let done = call(&scene, chance.seed(), &mut chance);
    assert_eq!(done.evidence.end, CaptureEnd::NoUsableFace);
    assert_eq!(done.evidence.issues, [QualityIssue::TooDark]);
    assert!(!done.evidence.probes.is_empty(), "something for the officer to see");
    assert!((12_000..14_000).contains(&done.ended_ms));
    scene.issue = None;
    scene.away = Some((0, 100_000));
    let done = call(&scene, chance.seed(), &mut chance);
    assert_eq!(done.evidence.end, CaptureEnd::NoUsableFace);
}

#[test]
fn every_arrow_has_one_aim_and_the_end_is_reached_from_everywhere() {
    let mut seen = HashSet::new();
    assert!(TRANSITIONS.iter().all(|t| seen.insert((t.from, t.cause))));
    assert!(
        TRANSITIONS.iter().all(|t| t.from != StageName::Concluded && !ALWAYS.contains(&t.cause))
    );
    assert!(
        TRANSITIONS.iter().any(|t| t.cause == Cause::LightSeen && t.to == StageName::Concluded)
    );
}
