//! The camera, the skin and the pictures of the simulator.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use super::liveness_simulator::{Answer, Chance, Phone, Scene};
use jianmian::{
    domain::{
        challenge::{ScreenColour, Side},
        finding::{
            Detection, FaceBox, FaceFindings, FaceQuality, FrameFindings, HeadPose, MeanColour,
            Point, Thumbnail,
        },
        score::{BonaFideScore, Embedding, QualityScore},
    },
    liveness::Session,
};

fn linear(c: ScreenColour) -> [f32; 3] {
    [c.r, c.g, c.b].map(|v| {
        let v = f32::from(v) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    })
}

fn screen_at(screen: &[(f32, ScreenColour)], at: f32) -> [f32; 3] {
    let mut light = linear(screen[0].1);
    for (from, colour) in screen {
        let share = ((at - from) / 150.0).clamp(0.0, 1.0);
        let target = linear(*colour);
        light = std::array::from_fn(|i| light[i] + share * (target[i] - light[i]));
    }
    light
}

/// Skin, wall, a camera with its moods, a head that sways.
pub struct Camera {
    skin: [f32; 3],
    wall: [f32; 3],
    room: [f32; 3],
    gain: [f32; 3],
    exposure: f32,
    shade: [f32; 6],
    last_ms: f32,
    /// Waves across and down: frequency (Hz), phase, size (px). Slow ones are larger, as in posture.
    sway: [(f32, f32, f32); 24],
    own: [f32; 32],
}

impl Camera {
    pub fn new(chance: &mut Chance) -> Self {
        let tone = chance.between(0.5, 1.0);
        let warm = chance.between(-0.25, 0.25);
        Self {
            skin: [0.55 * tone, 0.36 * tone, 0.27 * tone],
            wall: std::array::from_fn(|_| chance.between(0.25, 0.7)),
            room: [1.0 + warm, 1.0, 1.0 - warm],
            gain: [1.0; 3],
            exposure: chance.between(0.7, 1.3),
            shade: [0.0; 6],
            last_ms: 0.0,
            sway: std::array::from_fn(|_| {
                let hertz = chance.between(0.05, 1.2);
                let size = chance.between(0.7, 2.2) / hertz.sqrt();
                (hertz, chance.between(0.0, 6.3), size)
            }),
            own: std::array::from_fn(|_| chance.normal()),
        }
    }

    pub fn frame(
        &mut self,
        scene: &Scene,
        phone: &Phone,
        at_ms: u64,
        seq: u64,
        session: &Session,
        chance: &mut Chance,
    ) -> FrameFindings {
        let at = at_ms as f32;
        let taken = at - scene.latency_ms * chance.between(0.85, 1.2);
        let late = if let Answer::Late(by) = scene.answer { by } else { 0.0 };
        let screen = match &scene.answer {
            Answer::Nothing => [0.0; 3],
            Answer::Recorded(other) => {
                let other: Vec<_> = other.iter().map(|(t, c)| (*t as f32, *c)).collect();
                screen_at(&other, taken)
            }
            Answer::Genuine | Answer::Late(_) | Answer::Uniform => {
                screen_at(&phone.screen, taken - late)
            }
        };
        let (skin, background) = self.colours(scene, screen, taken, chance);
        let away = scene.away.is_some_and(|(from, to)| (from..to).contains(&at_ms));
        let still_ms = scene.looped_ms.map_or(at_ms, |period| at_ms % period);
        self.findings(
            scene,
            phone,
            (at_ms, still_ms, seq),
            session,
            (skin, background, away),
            chance,
        )
    }

    fn colours(
        &mut self,
        scene: &Scene,
        screen: [f32; 3],
        taken: f32,
        chance: &mut Chance,
    ) -> (MeanColour, MeanColour) {
        let elapsed = (taken - self.last_ms).max(0.0);
        self.last_ms = taken;
        let keep = (-elapsed / 400.0).exp();
        let fresh = (1.0 - keep * keep).sqrt() * scene.movement;
        for shade in &mut self.shade {
            *shade = keep * *shade + fresh * chance.normal();
        }
        self.exposure *= 1.0 + 0.004 * chance.normal();
        let drift = scene.drift * (taken / 7000.0);
        let room = [self.room[0] * (1.0 + drift), self.room[1], self.room[2] * (1.0 - drift)];
        let lit = |surface: [f32; 3], share: f32, shade: &[f32]| -> [f32; 3] {
            std::array::from_fn(|i| {
                let light = room[i] * (1.0 - share) + share * screen[i];
                surface[i] * light * (1.0 + shade[i])
            })
        };
        let (near, far) = match scene.answer {
            Answer::Uniform => (scene.share, scene.share),
            _ => (scene.share, scene.share * scene.background_share),
        };
        let face = lit(self.skin, near, &self.shade[..3]);
        let wall = lit(self.wall, far, &self.shade[3..]);
        let pace = 1.0 - (-elapsed / 2000.0).exp();
        let mean: [f32; 3] = std::array::from_fn(|i| 0.4 * face[i] + 0.6 * wall[i]);
        let grey = mean.iter().sum::<f32>() / 3.0;
        for (gain, mean) in self.gain.iter_mut().zip(mean) {
            let wanted = (grey / mean).powf(scene.white_balance);
            *gain += pace * (wanted - *gain);
        }
        let mut shown = |light: [f32; 3]| {
            let [r, g, b] = std::array::from_fn(|i| {
                let v = (light[i] * self.gain[i] * self.exposure).clamp(0.0, 1.0);
                let encoded =
                    if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
                (255.0 * encoded + scene.sensor * chance.normal()).clamp(0.0, 255.0)
            });
            MeanColour { r, g, b }
        };
        (shown(face), shown(wall))
    }

    fn yaw(scene: &Scene, phone: &Phone, at: f32) -> f32 {
        let rest = 2.0 + 1.2 * (at / 900.0).sin();
        let Some(((asked, side), after)) = phone.turn.zip(scene.turns) else { return rest };
        let out = ((at - asked - after * 1000.0) / 900.0).clamp(0.0, 1.0);
        let back = phone.forward.map_or(0.0, |f| ((at - f - 500.0) / 900.0).clamp(0.0, 1.0));
        let sign = if side == Side::Left { 1.0 } else { -1.0 };
        rest + sign * 28.0 * (out - back).max(0.0)
    }

    fn findings(
        &mut self,
        scene: &Scene,
        phone: &Phone,
        (at_ms, still_ms, seq): (u64, u64, u64),
        session: &Session,
        (skin, background, away): (MeanColour, MeanColour, bool),
        chance: &mut Chance,
    ) -> FrameFindings {
        let want = session.wants();
        let t = still_ms as f32 / 1000.0;
        let sway = |offset: usize| -> f32 {
            let part = &self.sway[offset..offset + 12];
            part.iter().map(|(f, p, a)| a * (std::f32::consts::TAU * f * t + p).sin()).sum()
        };
        let (dx, dy) = (sway(0), sway(12));
        let bounds = FaceBox { x: 220.0 + dx, y: 120.0 + dy, width: 200.0, height: 240.0 };
        let yaw_deg = Self::yaw(scene, phone, at_ms as f32) + 0.8 * chance.normal();
        let quality = QualityScore::new(75.0 + 8.0 * chance.normal());
        let noisy = self.own.iter().map(|v| v + 0.35 * chance.normal()).collect();
        let wanted = want.embedding_from.is_some_and(|from| quality >= from);
        let face = FaceFindings {
            detection: Detection { bounds, keypoints: [Point { x: 0.0, y: 0.0 }; 5], score: 0.9 },
            pose: want.pose.then_some(HeadPose { yaw_deg, pitch_deg: 0.0, roll_deg: 0.0 }),
            quality: FaceQuality {
                score: quality,
                issues: scene.issue.into_iter().collect(),
                brightness: 120.0,
                sharpness: 200.0,
                eye_distance_px: 90.0,
            },
            skin,
            bona_fide: want.bona_fide.then(|| BonaFideScore(chance.between(0.85, 1.0))),
            surface: None,
            embedding: wanted.then(|| Embedding::from_raw(noisy)).flatten(),
        };
        FrameFindings {
            seq,
            at_ms,
            width_px: 640,
            height_px: 480,
            faces: u32::from(!away),
            face: (!away).then_some(face),
            brightness: 110.0,
            background: (!away).then_some(background),
            thumbnail: if scene.pictures {
                thumbnail(dx, dy, &skin, chance)
            } else {
                noise(chance)
            },
        }
    }
}

fn noise(chance: &mut Chance) -> Thumbnail {
    Thumbnail((0..256).map(|_| chance.between(-60.0, 60.0) as i8).collect())
}

/// A head (ellipse with eyes and mouth) before a wall with a window, 16x16, with the tint of the skin.
fn thumbnail(dx: f32, dy: f32, skin: &MeanColour, chance: &mut Chance) -> Thumbnail {
    let luma = 0.3 * skin.r + 0.6 * skin.g + 0.1 * skin.b;
    let mut cells = [0.0_f32; 256];
    for (i, cell) in cells.iter_mut().enumerate() {
        let (mut sum, fine) = (0.0, 4);
        for k in 0..fine * fine {
            let x = ((i % 16) as f32 + (k % fine) as f32 / fine as f32 + 0.125) * 40.0 - dx;
            let y = ((i / 16) as f32 + (k / fine) as f32 / fine as f32 + 0.125) * 30.0 - dy;
            let head = ((x - 320.0) / 100.0).hypot((y - 240.0) / 120.0);
            let feature =
                (x - 280.0).hypot(y - 210.0) < 16.0 || (x - 360.0).hypot(y - 210.0) < 16.0;
            let soft = (1.0 / (1.0 + ((head - 1.0) * 14.0).exp())).clamp(0.0, 1.0);
            let inside = if feature { 40.0 } else { luma };
            let outside = if x + dx > 520.0 { 215.0 } else { 90.0 };
            sum += soft * inside + (1.0 - soft) * outside;
        }
        *cell = sum / (fine * fine) as f32 + 0.3 * chance.normal();
    }
    let mean = cells.iter().sum::<f32>() / 256.0;
    let deviation = (cells.iter().map(|c| (c - mean).powi(2)).sum::<f32>() / 256.0).sqrt().max(1.0);
    Thumbnail(cells.iter().map(|c| ((c - mean) / deviation * 32.0).round() as i8).collect())
}
