//! A helper holds the phone: the rear camera, to which the screen's light does not reach.

use super::liveness_simulator::{Answer, Chance, Scene, call, policy};
use jianmian::{
    domain::{
        challenge::{CameraSide, Prompt},
        evidence::{CaptureEnd, LightOutcome, MarkKind, TurnOutcome},
    },
    liveness::replay,
};

fn scene(chance: &mut Chance, cameras: &[(u64, CameraSide)]) -> Scene {
    Scene { share: 0.08, cameras: cameras.to_vec(), ..Scene::ordinary(chance) }
}

#[test]
fn through_the_rear_camera_no_light_is_shown_and_the_turn_carries_the_call() {
    for seed in 0..20 {
        let mut chance = Chance::new(seed);
        let mut scene = scene(&mut chance, &[(0, CameraSide::Rear)]);
        (scene.answer, scene.turns) = (Answer::Nothing, Some(1.0));
        let drawn = chance.seed();
        let done = call(&scene, drawn, &mut chance);
        assert!(done.prompts.iter().all(|(_, p)| !matches!(p, Prompt::Light { .. })));
        let evidence = &done.evidence;
        assert_eq!(evidence.light, LightOutcome::Inconclusive(None), "seed {seed}");
        assert!(
            matches!(evidence.turn, TurnOutcome::Seen { .. }),
            "seed {seed}: {:?}",
            evidence.turn
        );
        assert_eq!(evidence.end, CaptureEnd::Complete);
        assert!(evidence.bona_fide.len() >= policy().bona_fide_frames_min as usize, "{evidence:?}");
        assert!(evidence.probes.len() >= 3 && evidence.continuity.jumps == 0, "seed {seed}");
        assert_eq!(evidence.marks[0].kind, MarkKind::RearCamera);
        assert_eq!(replay(drawn, &policy(), &done.events).as_ref(), Some(evidence));
    }
}

#[test]
fn without_light_and_without_turning_nothing_is_shown_alive() {
    let mut chance = Chance::new(4);
    let mut scene = scene(&mut chance, &[(0, CameraSide::Rear)]);
    scene.answer = Answer::Nothing;
    let done = call(&scene, chance.seed(), &mut chance);
    assert_eq!(done.evidence.light, LightOutcome::Inconclusive(None));
    assert_eq!(done.evidence.turn, TurnOutcome::Skipped);
}

#[test]
fn back_at_the_front_camera_the_light_is_shown_from_its_beginning() {
    let mut chance = Chance::new(6);
    let scene = scene(&mut chance, &[(0, CameraSide::Rear), (2500, CameraSide::Front)]);
    let done = call(&scene, chance.seed(), &mut chance);
    assert!(matches!(done.evidence.light, LightOutcome::Seen(_)), "{:?}", done.evidence.light);
    let first = done.prompts.iter().find(|(_, p)| matches!(p, Prompt::Light { .. })).unwrap();
    assert!(first.0 > 2500);
}

/// Whoever sees that the light gives them away and then says "rear camera" is judged by what was seen.
#[test]
fn changing_the_camera_does_not_wash_off_a_late_answer() {
    let (mut caught, mut still_caught) = (0, 0);
    for seed in 0..30 {
        let run = |cameras: &[(u64, CameraSide)]| {
            let mut chance = Chance::new(seed);
            let mut scene = scene(&mut chance, cameras);
            (scene.answer, scene.share) = (Answer::Late(1200.0), 0.1);
            call(&scene, chance.seed(), &mut chance)
        };
        let honest = run(&[]);
        if !matches!(honest.evidence.light, LightOutcome::Late(_) | LightOutcome::Mismatch(_)) {
            continue;
        }
        caught += 1;
        let off = honest.prompts.iter().find(|(_, p)| *p == Prompt::LightOff).unwrap().0;
        let sly = run(&[(off / 5 * 5 + 600, CameraSide::Rear)]);
        let light = sly.evidence.light;
        still_caught +=
            u32::from(matches!(light, LightOutcome::Late(_) | LightOutcome::Mismatch(_)));
    }
    assert!(caught >= 25, "{caught} of 30");
    assert!(still_caught * 10 >= caught * 9, "{still_caught} of {caught}");
}
