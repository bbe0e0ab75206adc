//! Signs of made-up calls.

use super::*;
use crate::domain::{
    attack::Surface,
    finding::Thumbnail,
    fixtures::{frame, without_face},
};

/// A scene in cells: a background pattern that moves by `behind`, and a face that moves by `before` (cells).
fn seen(seq: u64, before: f32, behind: f32, change: impl Fn(usize, usize) -> f32) -> FrameFindings {
    let mut f = frame(seq, seq * 80, None);
    let cells = (0..=255_u8).map(|i| {
        let (x, y) = (f32::from(i % 16) - behind, f32::from(i / 16));
        let wall = 40.0 * (0.7 * x + 0.2 * y).sin() + 30.0 * (0.5 * y - 0.3 * x).cos();
        let v =
            (wall + change(usize::from(i % 16), usize::from(i / 16))).round().clamp(-127.0, 127.0);
        #[allow(clippy::cast_possible_truncation)]
        let cell = v as i8;
        cell
    });
    f.thumbnail = Thumbnail(cells.collect());
    let shift = before * 40.0;
    let d = &mut f.face.as_mut().unwrap().detection;
    d.bounds.x += shift;
    let at = |x: f32, y: f32| Point { x: x + shift, y };
    d.keypoints =
        [at(280.0, 200.0), at(360.0, 200.0), at(320.0, 240.0), at(290.0, 290.0), at(350.0, 290.0)];
    f
}

fn signs(frames: impl Iterator<Item = FrameFindings>) -> Signs {
    let mut gatherer = Gatherer::default();
    for f in frames {
        gatherer.frame(&f, f.at_ms);
    }
    gatherer.conclude()
}

fn sway(i: u64) -> f32 {
    #[allow(clippy::cast_precision_loss)]
    let t = i as f32;
    0.6 * (0.31 * t).sin()
}

#[test]
fn a_background_that_moves_with_the_face_is_one_surface() {
    let still = signs((0..80).map(|i| seen(i, sway(i), 0.0, |_, _| 0.0)));
    let together = signs((0..80).map(|i| seen(i, sway(i), sway(i), |_, _| 0.0)));
    assert!(still.shared_motion.unwrap().abs() < 0.1, "{still:?}");
    assert!((together.shared_motion.unwrap() - 1.0).abs() < 0.2, "{together:?}");
    let nobody_moves = signs((0..80).map(|i| seen(i, 0.0, 0.0, |_, _| 0.0)));
    assert_eq!(nobody_moves.shared_motion, None);
}

#[test]
fn bands_of_a_screen_change_whole_rows() {
    #[allow(clippy::cast_precision_loss)]
    let banded =
        signs((0..60).map(|i| {
            seen(i, sway(i), 0.0, move |_, y| 4.0 * (y as f32 * 0.9 + i as f32 * 1.7).sin())
        }));
    let moving = signs((0..60).map(|i| seen(i, sway(i), 0.7 * sway(i), |_, _| 0.0)));
    assert!(banded.bands.unwrap() > 0.8, "{banded:?}");
    assert!(moving.bands.unwrap() < 0.5, "{moving:?}");
}

#[test]
fn a_face_of_paper_does_not_move_in_itself() {
    let paper = signs((0..40).map(|i| seen(i, sway(i), 0.0, |_, _| 0.0)));
    let alive = signs((0..40).map(|i| {
        let mut f = seen(i, sway(i), 0.0, |_, _| 0.0);
        f.face.as_mut().unwrap().detection.keypoints[4].y += 6.0 * sway(3 * i);
        f
    }));
    assert!(paper.face_motion.unwrap() < 0.05 && alive.face_motion.unwrap() > 1.0);
}

#[test]
fn a_turned_nose_is_a_turned_head() {
    let at = |x: f32, y: f32| Point { x, y };
    let head = |nose: f32| {
        [at(280.0, 200.0), at(360.0, 200.0), at(nose, 240.0), at(290.0, 290.0), at(350.0, 290.0)]
    };
    let yaw = |nose| rough_pose(&head(nose)).unwrap().yaw_deg;
    assert!(yaw(320.0).abs() < 0.1 && (yaw(343.0) - 30.0).abs() < 1.0 && yaw(300.0) < -20.0);
    assert_eq!(rough_pose(&[at(5.0, 5.0); 5]), None);
}

#[test]
fn flicker_is_a_change_there_and_back() {
    let lit = |up: f32, drift: f32| {
        signs((0..40).map(move |i| {
            let mut f = seen(i, 0.0, 0.0, |_, _| 0.0);
            #[allow(clippy::cast_precision_loss)]
            let t = i as f32;
            f.brightness = 100.0 + drift * t + if i % 2 == 0 { up } else { 0.0 };
            f
        }))
    };
    assert!(lit(0.0, 1.0).flicker.unwrap() < 0.01, "a sunrise is no flicker");
    assert!((lit(4.0, 0.0).flicker.unwrap() - 4.0).abs() < 0.3);
}

#[test]
fn too_little_says_nothing_and_strange_numbers_break_nothing() {
    let few = signs((0..5).map(|i| seen(i, sway(i), 0.0, |_, _| 0.0)));
    assert_eq!(few, Signs::default());
    let strange = signs((0..40).map(|i| {
        let mut f =
            if i % 3 == 0 { without_face(i, i * 80) } else { seen(i, f32::NAN, 0.0, |_, _| 0.0) };
        f.brightness = f32::NAN;
        if let Some(face) = &mut f.face {
            face.surface = Some(Surface { border: f32::NAN, moire: Some(f32::INFINITY) });
        }
        f
    }));
    assert_eq!(strange.border, None);
    assert_eq!(strange.moire, None);
}
